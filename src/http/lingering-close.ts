/**
 * Ends connections whose client may still be sending, so that it gets to read its answer (nginx's `lingering_close`).
 * (decision E1)
 */
import { type IncomingMessage, type OutgoingHttpHeader, type OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'

/** Milliseconds for which the gate still reads, and throws away, what a client sends behind its last answer. */
export const lingerMs = 2_000

/**
 * Ends the gate's half of a connection at once (TLS: with close_notify), reads on until the client ends its half, and cuts the connection
 * after `lingerMs`. A connection that is closed with unread bytes is reset, and a client that writes its whole request before it reads
 * (Python, Java) then fails in the middle of writing and never reads the answer.
 */
export function closeLingering(socket: Duplex): void {
  if (socket.writableEnded) return
  const late = setTimeout(() => socket.destroy(), lingerMs)
  socket.once('close', () => clearTimeout(late))
  socket.end()
  socket.resume()
}

/** Whether the client has still to send (some of) a body; Node calls a request without one incomplete for a moment, too. */
export function hasUnreadBody(request: IncomingMessage): boolean {
  const announced =
    request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0
  return announced && !request.complete
}

type Headers = OutgoingHttpHeaders | OutgoingHttpHeader[]

/**
 * The answers of every server of the gate (option `ServerResponse` of node:http). One that begins before its request has arrived whole
 * says `Connection: close`, and its connection is closed lingering: what is left of the body has no reader any more.
 */
export class EarlyResponse<Request extends IncomingMessage = IncomingMessage> extends ServerResponse<Request> {
  override writeHead(status: number, reason?: string, headers?: Headers): this
  override writeHead(status: number, headers?: Headers): this
  override writeHead(...head: unknown[]): this {
    if (!this.headersSent && hasUnreadBody(this.req)) {
      this.shouldKeepAlive = false
      closeBehind(this.req)
    }
    Reflect.apply(super.writeHead, this, head)
    return this
  }
}

function closeBehind(request: IncomingMessage): void {
  const { socket } = request
  // Node calls it behind the last answer of a connection, and would cut the connection as soon as that answer is written.
  socket.destroySoon = () => closeLingering(socket)
}
