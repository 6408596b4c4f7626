/** What a failed attempt to reach a backend means, and whether another one can do no harm. */
import type { ClientRequest, IncomingMessage } from 'node:http'
import { RequestError } from '../errors/request-error.js'

/** A kept connection that the backend had closed while the request was on its way: nothing of an answer came back. */
export class StaleConnection extends Error {}

/** The backend answered 401 to the gate's own login. */
export class LoginRefused extends Error {
  /** @param challenges the lines of WWW-Authenticate */
  constructor(readonly challenges: readonly string[]) {
    super('the backend answered 401')
  }
}

/** A body that went to one backend is no longer there for another. */
export const hasBody = ({ headers }: IncomingMessage) =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0

/** Without a body and without an effect on the backend a request can be sent a second time (RFC 9110 section 9.2.2). */
export const mayRepeat = (request: IncomingMessage) =>
  (request.method === 'GET' || request.method === 'HEAD') && !hasBody(request)

const unreached: readonly unknown[] = [
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
]

/** No connection came about, so that the backend has seen nothing of the request. */
export const neverArrived = (error: unknown) =>
  error instanceof RequestError && error.cause instanceof Error && unreached.includes(Reflect.get(error.cause, 'code'))

/** The refusal that a fault of the connection comes down to; StaleConnection where it may be tried again. */
export function backendFault(error: Error, backendRequest: ClientRequest | null): Error {
  if (error instanceof RequestError || error instanceof LoginRefused) return error
  const code: unknown = Reflect.get(error, 'code')
  if (typeof code === 'string' && code.startsWith('HPE_'))
    return new RequestError('backend-answer-invalid', { cause: error })
  if (code === 'ECONNRESET' && backendRequest?.reusedSocket === true) return new StaleConnection('', { cause: error })
  return new RequestError('backend-unreachable', { cause: error, headers: { 'Retry-After': '1' } })
}
