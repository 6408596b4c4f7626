/** The gate as its own first client: a login, a push and a pull of a tiny image through its TLS port. */
import { createHash, randomBytes, X509Certificate } from 'node:crypto'
import { Agent, type RequestOptions, request } from 'node:https'
import type { PeerCertificate } from 'node:tls'
import { gzipSync } from 'node:zlib'
import type { Secret } from '../errors/secret.js'
import type { Challenge } from '../settings/settings.js'

export interface ProofOptions {
  /** The address that the gate listens on; a wildcard is reached through loopback. */
  readonly host: string
  readonly port: number
  /** The certificate that must be presented, as PEM: exactly this one. */
  readonly certificate: string
  readonly user: string
  readonly password: Secret
  /** How the gate asks for a login: as docker does, the proof then shows a password or a token. */
  readonly challenge: Challenge
}

export interface ProofStep {
  readonly name: string
  readonly run: () => Promise<void>
}

export const proofRepository = 'portcullis/first-start'

/** The steps in their order; each throws an Error that says what was expected and what came. */
export function proofSteps(options: ProofOptions): {
  readonly steps: readonly ProofStep[]
  readonly digests: readonly string[]
  close(): void
} {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const client = createClient(options, agent)
  const basic = (password: string) => `Basic ${Buffer.from(`${options.user}:${password}`).toString('base64')}`
  const byToken = options.challenge === 'token'
  const loginPath = byToken ? `/auth/token?scope=repository:${proofRepository}:pull,push,delete` : '/v2/'
  let authorization = basic(options.password.reveal())
  const logIn = async () => {
    const { body } = await client('GET', loginPath, 200, { authorization })
    if (byToken) authorization = `Bearer ${tokenIn(body)}`
    await client('GET', '/v2/', 200, { authorization })
  }
  const image = tinyImage()
  const blobs = `/v2/${proofRepository}/blobs`
  const manifest = `/v2/${proofRepository}/manifests/proof`
  const push = async () => {
    for (const blob of [image.config, image.layer]) {
      const started = await client('POST', `${blobs}/uploads/`, 202, { authorization })
      const location = started.location ?? ''
      const mark = location.includes('?') ? '&' : '?'
      await client('PUT', `${location}${mark}digest=${encodeURIComponent(digestOf(blob))}`, 201, {
        authorization,
        body: blob,
        type: 'application/octet-stream',
      })
    }
    await client('PUT', manifest, 201, { authorization, body: image.manifest, type: image.manifestType })
  }
  const pull = async () => {
    const { body } = await client('GET', manifest, 200, { authorization })
    if (digestOf(body) !== digestOf(image.manifest)) throw new Error('the manifest came back with other bytes')
    for (const blob of [image.config, image.layer]) {
      const fetched = await client('GET', `${blobs}/${digestOf(blob)}`, 200, { authorization })
      if (!fetched.body.equals(blob)) throw new Error('a layer came back with other bytes')
    }
    await client('DELETE', `/v2/${proofRepository}/manifests/${digestOf(image.manifest)}`, 202, { authorization })
  }
  return {
    steps: [
      {
        name: 'a wrong password is refused',
        run: async () => void (await client('GET', loginPath, 401, { authorization: basic('wrong') })),
      },
      { name: `login as ${options.user}`, run: logIn },
      { name: 'push of a tiny image', run: push },
      { name: 'pull of it, byte for byte', run: pull },
    ],
    digests: [image.config, image.layer, image.manifest].map(digestOf),
    close: () => agent.destroy(),
  }
}

interface Answer {
  readonly location: string | undefined
  readonly body: Buffer
}

type Client = (
  method: string,
  path: string,
  expected: number,
  send: { readonly authorization: string; readonly body?: Buffer; readonly type?: string },
) => Promise<Answer>

function createClient(options: ProofOptions, agent: Agent): Client {
  const expectedPrint = new X509Certificate(options.certificate).fingerprint256
  const wildcard = options.host === '0.0.0.0' ? '127.0.0.1' : options.host === '::' ? '::1' : options.host
  // Checked by the exact certificate below: a name or an authority could only be less strict.
  const tls: RequestOptions = { rejectUnauthorized: false, checkServerIdentity: () => undefined }
  return (method, path, expected, send) =>
    new Promise((resolve, reject) => {
      const sent = request({
        ...tls,
        agent,
        host: wildcard,
        port: options.port,
        method,
        path,
        headers: {
          authorization: send.authorization,
          'user-agent': 'portcullis-first-start',
          'content-length': send.body?.length ?? 0,
          ...(send.type === undefined ? {} : { 'content-type': send.type }),
        },
      })
      sent.setTimeout(20_000, () => sent.destroy(new Error('no answer within 20 seconds')))
      sent.once('error', reject)
      sent.once('response', response => {
        const { socket } = response
        const peer: PeerCertificate | null =
          'getPeerCertificate' in socket && typeof socket.getPeerCertificate === 'function'
            ? socket.getPeerCertificate()
            : null
        if (peer?.fingerprint256 !== expectedPrint)
          return void sent.destroy(new Error('another certificate was presented'))
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.once('error', reject)
        response.once('end', () => {
          const body = Buffer.concat(chunks)
          if (response.statusCode === expected) resolve({ location: response.headers.location, body })
          else
            reject(
              new Error(
                `${method} ${path.split('?', 1)[0]} answered ${response.statusCode}, not ${expected}: ${body.toString().trim()}`,
              ),
            )
        })
      })
      sent.end(send.body)
    })
}

/** The answer of a token endpoint. */
function tokenIn(body: Buffer): string {
  const answer: unknown = JSON.parse(body.toString())
  const token = typeof answer === 'object' && answer !== null && 'token' in answer ? answer.token : null
  if (typeof token !== 'string') throw new Error('the token endpoint gave no token')
  return token
}

const digestOf = (bytes: Buffer) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`

/** An OCI image of one empty layer, different every time (OCI image-spec 1.1, "Image Manifest"). */
function tinyImage(): { config: Buffer; layer: Buffer; manifest: Buffer; manifestType: string } {
  const tar = Buffer.alloc(1024)
  const layer = gzipSync(tar)
  // The time in the gzip header (RFC 1952 section 2.3.1) makes these bytes nobody else's.
  randomBytes(4).copy(layer, 4)
  const config = Buffer.from(
    JSON.stringify({
      architecture: 'amd64',
      os: 'linux',
      author: randomBytes(8).toString('hex'),
      rootfs: { type: 'layers', diff_ids: [digestOf(tar)] },
    }),
  )
  const manifestType = 'application/vnd.oci.image.manifest.v1+json'
  const describe = (mediaType: string, bytes: Buffer) => ({ mediaType, digest: digestOf(bytes), size: bytes.length })
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: manifestType,
      config: describe('application/vnd.oci.image.config.v1+json', config),
      layers: [describe('application/vnd.oci.image.layer.v1.tar+gzip', layer)],
    }),
  )
  return { config, layer, manifest, manifestType }
}
