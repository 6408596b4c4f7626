/** What a failed attempt to reach a backend means, and whether another one can do no harm (decision R17). */
import type { ClientRequest, IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { RequestError } from '../errors/request-error.js'

/** Nothing of the request has left, because no connection came about: another server may be asked. */
export class NotSent extends Error {
  constructor(readonly refusal: RequestError) {
    super(refusal.message, { cause: refusal })
  }
}

/** A kept connection that the backend had closed while the request was on its way: no byte of an answer came back. */
export class StaleConnection extends Error {}

/** The backend answered 401 to the gate's own login. */
export class LoginRefused extends Error {
  /** @param challenges the lines of WWW-Authenticate */
  constructor(readonly challenges: readonly string[]) {
    super('the backend answered 401')
  }
}

/** Whether the client sends a body. */
export const hasBody = ({ headers }: IncomingMessage) =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0

/** The refusal that a fault of the backend or of its connection comes down to. */
export function backendFault(error: Error): RequestError {
  if (error instanceof RequestError) return error
  const code: unknown = Reflect.get(error, 'code')
  if (typeof code === 'string' && code.startsWith('HPE_'))
    return new RequestError('backend-answer-invalid', { cause: error })
  return new RequestError('backend-unreachable', { cause: error, headers: { 'Retry-After': '1' } })
}

/**
 * Must be called before the request has a connection.
 * @returns whether its connection had served another request before, and has given no byte to this one
 */
export function watchForStale(request: ClientRequest): () => boolean {
  let socket: Socket | null = null
  let before = 0
  request.once('socket', assigned => {
    socket = assigned
    before = assigned.bytesRead
  })
  return () => request.reusedSocket && (socket === null || socket.bytesRead === before)
}
