/** An embedded registry behind a plain HTTP server on a free port, over a temporary folder, and a client for it. */

import { createHash } from 'node:crypto'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { createServer, request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as immediate } from 'node:timers/promises'
import { createEmbeddedRegistry, type EmbeddedRegistryOptions } from '../../src/embedded-registry/embedded-registry.js'
import { RequestError } from '../../src/errors/request-error.js'
import { errorBody } from '../../src/registry-api/error-body.js'
import { parseOperation } from '../../src/registry-api/operation.js'
import { noRules, type RegistryRules } from '../../src/registry-api/rules.js'

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
  readonly text: string
}

export interface CallOptions {
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  /** Sends the body in two chunks without a Content-Length. */
  readonly chunked?: boolean
}

export interface ServedRegistry {
  readonly root: string
  readonly port: number
  call(method: string, path: string, options?: CallOptions): Promise<Answer>
  /** `method path` of every request whose `answer` rejected with something else than a RequestError, and the error. */
  readonly faults: readonly string[]
  /** Resolves when no request is being answered any more. */
  settled(): Promise<void>
  /** Path of every file below the root, relative to docker/registry/v2, sorted. */
  files(): Promise<readonly string[]>
  close(): Promise<void>
}

export const digestOf = (bytes: string | Uint8Array, algorithm = 'sha256'): string =>
  `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`

export async function serveRegistry(
  options: Partial<EmbeddedRegistryOptions> & { readonly listenPort?: number; readonly rules?: RegistryRules } = {},
): Promise<ServedRegistry> {
  const root = options.root ?? (await mkdtemp(join(tmpdir(), 'portcullis-registry-')))
  const registry = createEmbeddedRegistry({ ...options, root })
  const faults: string[] = []
  const server = createServer((request, response) => {
    // Not a URL parser: it would resolve the dots that some tests are about.
    const [path = '', query = ''] = (request.url ?? '').split('?')
    const operation = parseOperation(request.method ?? '', path)
    const refuse = (error: RequestError) => {
      if (response.headersSent) return response.destroy()
      const body = errorBody({ code: error.ociCode, message: error.message, detail: error.detail })
      response.writeHead(error.status, { 'Content-Type': 'application/json', ...error.headers })
      response.end(body)
      // Node drains only a body that nobody began to read.
      return request.resume()
    }
    if (operation.kind === 'refused') {
      refuse(new RequestError(operation.error))
      return
    }
    registry
      .answer(request, response, operation, new URLSearchParams(query), options.rules ?? noRules)
      .catch((error: unknown) => {
        if (!(error instanceof RequestError)) faults.push(`${request.method} ${request.url}: ${error}`)
        refuse(error instanceof RequestError ? error : new RequestError('internal'))
      })
  })
  await new Promise<void>(resolve => server.listen(options.listenPort ?? 0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  const { port } = address
  return {
    root,
    port,
    faults,
    call: (method, path, callOptions = {}) => call(port, method, path, callOptions),
    async settled() {
      await registry.settled()
      // What is refused is so right behind it.
      await immediate()
    },
    files: () => filesBelow(join(root, 'docker/registry/v2')),
    async close() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
      if (options.root === undefined) await rm(root, { recursive: true, force: true })
    },
  }
}

export function call(port: number, method: string, path: string, options: CallOptions): Promise<Answer> {
  const { body, headers, chunked } = options
  const length = body === undefined || chunked === true ? {} : { 'Content-Length': String(Buffer.byteLength(body)) }
  return new Promise((resolve, reject) => {
    const request = httpRequest({
      host: '127.0.0.1',
      port,
      method,
      path,
      headers: { ...length, ...headers },
      agent: false,
    })
    request.on('error', reject)
    request.on('response', response => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const whole = Buffer.concat(chunks)
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: whole, text: whole.toString() })
      })
    })
    if (chunked === true && body !== undefined) {
      const bytes = Buffer.from(body)
      request.write(bytes.subarray(0, bytes.length / 2))
      request.end(bytes.subarray(bytes.length / 2))
    } else {
      request.end(body)
    }
  })
}

async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  return entries
    .filter(entry => !entry.isDirectory())
    .map(entry => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort()
}

/** Pushes a blob in one request and returns its digest. */
export async function pushBlob(
  registry: ServedRegistry,
  repository: string,
  bytes: string | Uint8Array,
): Promise<string> {
  const digest = digestOf(bytes)
  const answer = await registry.call('POST', `/v2/${repository}/blobs/uploads/?digest=${digest}`, { body: bytes })
  if (answer.status !== 201) throw new Error(`push of a blob: ${answer.status} ${answer.text}`)
  return digest
}

/** Starts an upload and returns its location. */
export async function startUpload(registry: ServedRegistry, repository: string): Promise<string> {
  const answer = await registry.call('POST', `/v2/${repository}/blobs/uploads/`)
  return answer.headers.location ?? ''
}

export const ociManifestType = 'application/vnd.oci.image.manifest.v1+json'
export const ociIndexType = 'application/vnd.oci.image.index.v1+json'

export interface PushedManifest {
  readonly digest: string
  readonly text: string
}

/** Pushes config, layer and manifest; `more` replaces or adds fields of the manifest. */
export async function pushImage(
  registry: ServedRegistry,
  repository: string,
  reference: string | null,
  more: Readonly<Record<string, unknown>> = {},
): Promise<PushedManifest> {
  const text = JSON.stringify(await imageManifest(registry, repository, more))
  const digest = digestOf(text)
  const path = `/v2/${repository}/manifests/${reference ?? digest}`
  const answer = await registry.call('PUT', path, { body: text, headers: { 'Content-Type': ociManifestType } })
  if (answer.status !== 201) throw new Error(`push of a manifest: ${answer.status} ${answer.text}`)
  return { digest, text }
}

/** The manifest of an image whose blobs have been pushed. */
export async function imageManifest(
  registry: ServedRegistry,
  repository: string,
  more: Readonly<Record<string, unknown>> = {},
): Promise<Readonly<Record<string, unknown>>> {
  const descriptor = async (mediaType: string, bytes: string) => ({
    mediaType,
    digest: await pushBlob(registry, repository, bytes),
    size: bytes.length,
  })
  return {
    schemaVersion: 2,
    mediaType: ociManifestType,
    config: await descriptor('application/vnd.oci.image.config.v1+json', '{}'),
    layers: [await descriptor('application/vnd.oci.image.layer.v1.tar', `layer of ${repository}`)],
    ...more,
  }
}
