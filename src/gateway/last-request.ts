/** Which request is the last of its connection: what follows it is not answered (RFC 9112 section 9.6). */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

const ending = new WeakSet<Socket>()

/** The answer to this request closes its connection. */
export function markLast(request: IncomingMessage): void {
  ending.add(request.socket)
}

/** Whether a request is to be answered at all: one behind the last is not, be it the last by the client's or the gate's word. */
export function isInTime(request: IncomingMessage, response: ServerResponse): boolean {
  if (ending.has(request.socket)) return false
  if (!response.shouldKeepAlive) markLast(request)
  return true
}
