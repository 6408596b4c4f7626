/** Turns a refusal into HTTP; the only place that does. (decision E2) */
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

/** Sends the answer, also where the client has still to send (some of) its body: http/lingering-close.ts lets it arrive. */
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
  response.writeHead(answer.status, answer.reasonPhrase, head)
  response.end(request.method === 'HEAD' || bodyless ? undefined : body)
}
