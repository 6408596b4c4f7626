/** Plain HTTP on a port that speaks TLS: sent to https on the same authority, without asking for a password in the clear. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { RequestError } from '../errors/request-error.js'
import { hasTooManyHeaderLines, malformedHead } from '../http/well-formed.js'
import { refusal, respond } from './respond.js'

/** 308 keeps method and body, which `docker manifest push` needs for its mount; nginx answers 400 here. */
export function answerPlainHttp(request: IncomingMessage, response: ServerResponse): void {
  if (hasTooManyHeaderLines(request.rawHeaders)) {
    return respond(
      request,
      response,
      refusal(new RequestError('headers-too-large', { headers: { Connection: 'close' } })),
    )
  }
  const { host } = request.headers
  const target = request.url ?? ''
  const fault = malformedHead(request.httpVersion, request.rawHeaders)
  if (fault !== null || host === undefined || !/^\/[\x21-\x7e]*$/.test(target)) {
    return respond(
      request,
      response,
      refusal(new RequestError('bad-request', { message: fault ?? 'this port speaks https' })),
    )
  }
  respond(request, response, {
    status: 308,
    headers: [
      { name: 'Location', value: `https://${host}${target}` },
      { name: 'Connection', value: 'close' },
    ],
    body: '',
  })
}
