/** Turns a refusal into HTTP; the only place that does. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { RequestError } from '../errors/request-error.js'
import type { HeaderLine } from '../http/header-line.js'
import { errorBody } from '../registry-api/error-body.js'

/** An answer that the gate makes itself, whole and small. */
export interface OwnAnswer {
  readonly status: number
  /** What stands behind the status, where it is not the usual. */
  readonly reasonPhrase?: string
  readonly headers: readonly HeaderLine[]
  readonly body: string
}

/** Distribution sends it on every answer, and old clients look for it: exactly once, on refusals as well. */
export const apiVersion: HeaderLine = { name: 'Docker-Distribution-Api-Version', value: 'registry/2.0' }

/**
 * Status, OCI JSON body and headers of a refusal; what is not a RequestError is our own fault and says nothing of itself. The reason
 * stands in the status line, too: docker shows nothing else of a 5xx, containerd nothing else of a 401 or 403.
 */
export function refusal(error: unknown): OwnAnswer {
  const refused = error instanceof RequestError ? error : new RequestError('internal')
  return {
    status: refused.status,
    reasonPhrase: reasonPhrase(refused.message),
    headers: [
      { name: 'Content-Type', value: 'application/json; charset=utf-8' },
      apiVersion,
      ...Object.entries(refused.headers).map(([name, value]) => ({ name, value })),
    ],
    body: errorBody({ code: refused.ociCode, message: refused.message, detail: refused.detail }),
  }
}

/** What a client wrote may stand in a message, and a long status line is refused by clients. */
const maxReasonLength = 400

/** Any text will do, but clients differ in what they make of other characters than these (RFC 9112 section 4). */
const reasonPhrase = (message: string) => message.slice(0, maxReasonLength).replace(/[^\x20-\x7e]/gu, '?')

/** Of a body that nobody wants so much is read, so that the client gets to see the answer, and no more. */
const unwantedBytes = 1024 * 1024
const unwantedMs = 2_000

/**
 * Sends the answer. Where the client has still to send (some of) its body, the answer goes out at once, a bounded rest is
 * read and thrown away, and the connection is closed: closing it with unread bytes would destroy the answer on its way.
 */
export function respond(
  request: IncomingMessage,
  response: ServerResponse,
  answer: OwnAnswer,
  extra: readonly HeaderLine[] = [],
): void {
  // Another answer has gone out whole, such as the one to a request that broke off.
  if (response.writableEnded) return
  if (response.headersSent || response.destroyed) {
    response.destroy()
    return
  }
  const body = Buffer.from(answer.body)
  const replaced = new Set(extra.map(line => line.name.toLowerCase()))
  const lines = [...answer.headers.filter(line => !replaced.has(line.name.toLowerCase())), ...extra]
  const head = lines.flatMap(line => [line.name, line.value])
  const bodyless = answer.status === 204 || answer.status === 304
  if (!bodyless) head.push('Content-Length', String(body.length))
  const unfinished = hasUnreadBody(request)
  const closes = lines.some(line => line.name === 'Connection')
  if (unfinished && !closes) head.push('Connection', 'close')
  response.writeHead(answer.status, answer.reasonPhrase, head)
  if (request.method === 'HEAD' || bodyless) response.flushHeaders()
  else response.write(body)
  if (unfinished && request.headers.expect === undefined) discardRest(request, () => response.end())
  else response.end()
}

/** Whether the client has still to send (some of) a body; Node calls a request without one incomplete for a moment, too. */
export function hasUnreadBody(request: IncomingMessage): boolean {
  const announced =
    request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0
  return announced && !request.complete
}

/**
 * Reads and drops what is left of a body, within bounds, then calls `done` once. Beyond the bytes it waits without reading: a
 * connection that is closed with unread bytes is reset, and a reset overtakes an answer that the client has not read yet.
 */
export function discardRest(request: IncomingMessage, done: () => void): void {
  let bytes = 0
  const finish = () => {
    clearTimeout(timer)
    request.off('data', count)
    request.off('end', finish)
    request.off('close', finish)
    done()
  }
  const count = (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes < unwantedBytes) return
    request.off('data', count)
    request.pause()
  }
  const timer = setTimeout(finish, unwantedMs)
  request.on('data', count)
  request.once('end', finish)
  request.once('close', finish)
  request.resume()
}
