/** How the answers of backends are parsed, whatever Node's own defaults and flags are. */
import type { ClientRequest } from 'node:http'
import { maxHeaderBytes } from '../http/well-formed.js'

/** Options of `http.request`; Node reads them from the request as well, until it has a connection. */
const options = {
  // As large as the head of a request may be: Node's default is half of it.
  maxHeaderSize: maxHeaderBytes,
  insecureHTTPParser: false,
  // Node drops the lines beyond this count, 1,000 where nothing is said; 0: none.
  maxHeadersCount: 0,
}

/** Must be called before the request has a connection. */
export function limitAnswerHead(request: ClientRequest): void {
  Object.assign(request, options)
}
