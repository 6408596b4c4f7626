/**
 * Sends the body of a request to the backend, once there is a connection, and no more of it than its head says
 * (decision R21).
 */
import type { ClientRequest, IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { RequestError } from '../errors/request-error.js'
import type { BackendTimeouts } from '../http/timeouts.js'
import { relay } from './relay.js'

export interface BodyToSend {
  /** Whose body is sent, unless it has been read already. */
  readonly request: IncomingMessage
  /** The body where it has been read already. */
  readonly held: Buffer | null
  /** null: no limit. Only a body without a length has to be counted here (`client_max_body_size`). */
  readonly maxBytes: number | null
}

/**
 * Sends the body and the end of the request. Only the time that the backend takes is limited here.
 * @param fail gets a RequestError where the body is longer than it may be
 * @returns stops: what the client still sends is thrown away
 */
export function sendBody(
  sent: ClientRequest,
  { request, held, maxBytes }: BodyToSend,
  send: BackendTimeouts['send'],
  fail: (error: RequestError) => void,
): () => void {
  const finish = (rest?: Buffer) => {
    send.restart()
    sent.end(rest)
  }
  sent.once('finish', send.stop)
  if (held !== null) {
    finish(held)
    return () => {}
  }
  const framed = framedBytes(sent)
  let bytes = 0
  const accepts = (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > framed) fail(longerThanFramed())
    else if (maxBytes !== null && bytes > maxBytes) fail(new RequestError('body-too-large'))
    else return true
    return false
  }
  if (framed === 0) {
    request.on('data', accepts)
    finish()
    return () => request.off('data', accepts)
  }
  return relay(request, sent, {
    accepts,
    onWaiting: side => (side === 'destination' ? send.restart() : send.stop()),
    onEnd: finish,
  })
}

/** How many bytes of a body the head of a request frames: none without a length, all of them in chunks (RFC 9112 section 6.3). */
function framedBytes(request: ClientRequest): number {
  if (request.hasHeader('transfer-encoding')) return Number.POSITIVE_INFINITY
  const length = request.getHeader('content-length')
  return length === undefined ? 0 : Number(length)
}

/** Bytes beyond the framing would be another request to the backend, which nobody has judged. */
const longerThanFramed = () =>
  new RequestError('bad-request', {
    message: 'the body is longer than the request header says',
    headers: { Connection: 'close' },
  })

/** Calls back once the request has a connection to the backend, and TLS where it is to have it. */
export function whenConnected(sent: ClientRequest, connected: (socket: Socket) => void): void {
  sent.once('socket', socket => {
    if (sent.reusedSocket) connected(socket)
    else socket.once(socket instanceof TLSSocket ? 'secureConnect' : 'connect', () => connected(socket))
  })
}
