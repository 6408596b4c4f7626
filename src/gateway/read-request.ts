/** Takes a request as Node parsed it and refuses what a gate must not pass on, before anything else looks at it. */
import type { IncomingMessage } from 'node:http'
import { TLSSocket } from 'node:tls'
import { RequestError } from '../errors/request-error.js'
import { plainAddress } from '../http/client-address.js'
import { peerOf } from '../http/peer.js'
import { hasTooManyHeaderLines, malformedHead, maxHeaderLines } from '../http/well-formed.js'
import type { RequestView } from '../routes/model.js'

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

/** Of a request that no path of ours can mean: 405, with the methods that may be tried (RFC 9110, 15.5.6). */
export const methodRefused = () => new RequestError('method-not-allowed', { headers: { Allow: methods.join(', ') } })

/** @throws RequestError 400 for a malformed head or an absolute request-target, 431 for too many header lines, 405 for TRACE and CONNECT */
export function readRequest(request: IncomingMessage): RequestView {
  refuseManyHeaderLines(request)
  const fault = malformedHead(request.httpVersion, request.rawHeaders)
  if (fault !== null) throw malformed(fault)
  const method = request.method ?? ''
  if (!methods.includes(method)) throw methodRefused()
  const target = request.url ?? ''
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  if (!target.startsWith('/') || /[\u0000-\u0020\u007f-\uffff]/.test(target)) {
    throw malformed('the request target is no path')
  }
  const { socket } = request
  const peer = peerOf(socket)
  const secure = socket instanceof TLSSocket
  return {
    method,
    target,
    httpVersion: request.httpVersion,
    scheme: secure ? 'https' : 'http',
    headers: request.headers,
    remoteAddress: peer.address,
    remotePort: peer.port,
    serverAddress: plainAddress(socket.localAddress),
    serverPort: socket.localPort ?? 0,
    tlsProtocol: secure ? (socket.getProtocol() ?? '') : '',
  }
}

/** @throws RequestError 431 */
export function refuseManyHeaderLines(request: IncomingMessage): void {
  if (!hasTooManyHeaderLines(request.rawHeaders)) return
  throw new RequestError('headers-too-large', {
    message: `the request has more than ${maxHeaderLines} header lines`,
    headers: { Connection: 'close' },
  })
}

/** Nothing that follows on such a connection can be trusted to begin where it seems to. */
function malformed(message: string): RequestError {
  return new RequestError('bad-request', { message, headers: { Connection: 'close' } })
}
