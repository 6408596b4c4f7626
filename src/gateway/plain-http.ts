/**
 * Plain HTTP on a port that speaks TLS: sent to https on the same authority, without asking for a password in the
 * clear. (decision E3)
 */
import { RequestError } from '../errors/request-error.js'
import { forwardedSchemes } from '../http/forwarded-scheme.js'
import { peerOf } from '../http/peer.js'
import { hasTooManyHeaderLines, malformedHead } from '../http/well-formed.js'
import type { Handler } from './handle-request.js'
import type { Gateway } from './model.js'
import { beginRequest, type RequestContext } from './request-context.js'
import { type OwnAnswer, refusal, respond } from './respond.js'

type PlainGateway = Pick<Gateway, 'trusted' | 'events'>

/** Answers every request that came without TLS to a listener with TLS; never throws. */
export function createPlainHandler(gateway: PlainGateway): Handler {
  return (request, response) => {
    const context = beginRequest(request, response, gateway.trusted, gateway.events)
    respond(request, response, answerTo(gateway, context))
  }
}

function answerTo(gateway: PlainGateway, context: RequestContext): OwnAnswer {
  const { socket, headers, httpVersion, rawHeaders, url: target = '' } = context.request
  if (hasTooManyHeaderLines(rawHeaders)) return refused(context, new RequestError('headers-too-large'))
  const fault = malformedHead(httpVersion, rawHeaders)
  if (fault !== null || headers.host === undefined || !/^\/[\x21-\x7e]*$/.test(target)) {
    return refused(context, new RequestError('bad-request', { message: fault ?? 'this port speaks https' }))
  }
  const { address } = peerOf(socket)
  if (gateway.trusted(address) || forwardedSchemes(headers).includes('https')) {
    // The client uses https already: a redirect would lead to the URL that it has just asked, again and again.
    gateway.events.proxyWithoutTls(address, proxyHint)
    return refused(context, new RequestError('proxy-without-tls', { detail: { hint: proxyHint } }))
  }
  // 308 keeps method and body, which `docker manifest push` needs for its mount; nginx answers 400 here.
  return { status: 308, headers: [{ name: 'Location', value: `https://${headers.host}${target}` }, close], body: '' }
}

/** What to change at the proxy. */
const proxyHint =
  'haproxy: `ssl verify required ca-file FILE` on its server line; nginx: `proxy_pass https://...`; Traefik: scheme https'

const close = { name: 'Connection', value: 'close' }

function refused(context: RequestContext, error: RequestError): OwnAnswer {
  context.error = error
  const answer = refusal(error)
  return { ...answer, headers: [...answer.headers, close] }
}
