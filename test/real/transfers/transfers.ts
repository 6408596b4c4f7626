/** A client that pushes generated layers and pulls them again, its own memory as flat as the gate's has to be. */
import { createHash } from 'node:crypto'
import { Agent, type RequestOptions, request } from 'node:https'
import { Readable } from 'node:stream'
import { authorization } from '../../end-to-end/parts/gate.js'

const pieceBytes = 1024 * 1024

/** The same bytes for the same length; every MiB of them is another one. */
function* pieces(bytes: number): Generator<Buffer> {
  const piece = Buffer.alloc(pieceBytes)
  for (let at = 0; at < pieceBytes; at += 8) piece.writeDoubleLE(Math.sqrt(at + 1), at)
  for (let sent = 0; sent < bytes; sent += pieceBytes) {
    const own = Buffer.from(piece.subarray(0, Math.min(pieceBytes, bytes - sent)))
    own.writeDoubleLE(sent, 0)
    yield own
  }
}

export interface PushOptions {
  /** As docker pushes; otherwise with a length, as podman does. */
  readonly chunked: boolean
  readonly onProgress?: (sent: number) => void
}

export interface Transfers {
  /** POST, PATCH, PUT as docker does. @returns the digest @throws where any step is not answered as it should be */
  push(repository: string, bytes: number, how: PushOptions): Promise<string>
  /** @throws where the answer is not 200 or breaks off */
  pull(
    repository: string,
    digest: string,
    onProgress?: (received: number) => void,
  ): Promise<{ readonly bytes: number; readonly digest: string }>
}

interface Answer {
  readonly status: number
  readonly location: string
}

/** Speaks to a gate on loopback, whose certificate it does not look at. */
export function createTransfers(port: number): Transfers {
  const agent = new Agent({ keepAlive: false, rejectUnauthorized: false })
  const options = (method: string, path: string, headers: Record<string, string> = {}): RequestOptions => ({
    agent,
    host: '127.0.0.1',
    port,
    method,
    path,
    headers: { authorization, ...headers },
  })

  const ask = (
    method: string,
    path: string,
    expected: number,
    body: Readable | null,
    headers: Record<string, string>,
  ) =>
    new Promise<Answer>((resolve, reject) => {
      const sent = request(options(method, path, headers), response => {
        const { statusCode: status = 0, headers } = response
        response.resume()
        response.once('error', reject)
        response.once('close', () => {
          body?.destroy()
          if (status === expected) resolve({ status, location: headers.location ?? '' })
          else reject(new Error(`${method} was answered ${status}`))
        })
      })
      sent.once('error', error => {
        body?.destroy()
        reject(error)
      })
      if (body === null) sent.end()
      else body.pipe(sent)
    })

  return {
    async push(repository, bytes, { chunked, onProgress = () => {} }) {
      const hash = createHash('sha256')
      const { location } = await ask('POST', `/v2/${repository}/blobs/uploads/`, 202, null, { 'content-length': '0' })
      const counted = (function* () {
        let sent = 0
        for (const piece of pieces(bytes)) {
          hash.update(piece)
          yield piece
          sent += piece.length
          onProgress(sent)
        }
      })()
      const framing: Record<string, string> = chunked
        ? { 'transfer-encoding': 'chunked' }
        : { 'content-length': String(bytes) }
      const body = Readable.from(counted, { objectMode: true, highWaterMark: 1 })
      const uploaded = await ask('PATCH', location, 202, body, {
        ...framing,
        'content-type': 'application/octet-stream',
      })
      const digest = `sha256:${hash.digest('hex')}`
      const mark = uploaded.location.includes('?') ? '&' : '?'
      await ask('PUT', `${uploaded.location}${mark}digest=${digest}`, 201, null, { 'content-length': '0' })
      return digest
    },
    pull: (repository, digest, onProgress = () => {}) =>
      new Promise((resolve, reject) => {
        const sent = request(options('GET', `/v2/${repository}/blobs/${digest}`), response => {
          const hash = createHash('sha256')
          let bytes = 0
          response.on('data', (piece: Buffer) => {
            bytes += piece.length
            hash.update(piece)
            onProgress(bytes)
          })
          response.once('error', reject)
          response.once('close', () => {
            if (!response.complete) reject(new Error(`broken after ${bytes} bytes`))
            else if (response.statusCode !== 200) reject(new Error(`answered ${response.statusCode}`))
            else resolve({ bytes, digest: `sha256:${hash.digest('hex')}` })
          })
        })
        sent.once('error', reject)
        sent.end()
      }),
  }
}
