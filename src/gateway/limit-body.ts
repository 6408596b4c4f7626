/** nginx's `client_max_body_size`: a length that is known is judged before anything else, even the password. */
import type { IncomingMessage } from 'node:http'
import { RequestError } from '../errors/request-error.js'

/** @throws RequestError 413 where the announced length is over the limit; a body without a length is counted by forward/ */
export function limitBody(request: IncomingMessage, maxBytes: number | null): void {
  if (maxBytes === null || Number(request.headers['content-length'] ?? 0) <= maxBytes) return
  throw new RequestError('body-too-large', {
    message: `the body is larger than the ${maxBytes} bytes that the configuration allows`,
    detail: { hint: 'raise or remove client_max_body_size (0 means no limit)' },
  })
}
