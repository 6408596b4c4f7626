/** Gives a request that may pass its answer: from the backend, the embedded registry, a folder, or the gate's own page. */
import { scopesOf } from '../backend-login/scopes.js'
import { RequestError } from '../errors/request-error.js'
import type { RequestHeaderRules } from '../forward/request-headers.js'
import { nameOnlyAuthorization } from '../http/authorization-header.js'
import type { HeaderLine } from '../http/header-line.js'
import { headersForBackend, headersForResponse } from '../routes/headers.js'
import type { RequestView } from '../routes/model.js'
import type { ServeDecision } from '../routes/route-request.js'
import type { Variables } from '../routes/variables.js'
import type { Exchange } from './exchange.js'
import type { Gateway } from './handle-request.js'
import { type Identity, userOf } from './identity.js'
import type { JudgedPath } from './judge-path.js'
import { apiVersion, discardRest, hasUnreadBody, respond } from './respond.js'
import { serveFile } from './serve-file.js'
import { trustCertificate, welcomePage } from './welcome-page.js'

/** A request of which is known where it goes, what it means and who asks. */
export interface Passed {
  readonly view: RequestView
  readonly path: JudgedPath
  readonly decision: ServeDecision
  readonly variables: Variables
  readonly identity: Identity
}

/** @throws RequestError as long as nothing has been sent to the client */
export async function answer(gateway: Gateway, exchange: Exchange, passed: Passed): Promise<void> {
  const { content } = passed.decision.route
  switch (content.kind) {
    case 'forward':
      return forward(gateway, exchange, passed)
    case 'embedded-registry':
      return askEmbedded(gateway, exchange, passed)
    case 'welcome-page':
      return respond(exchange.request, exchange.response, welcomePage(passed.view, gateway.anchor))
    case 'trust-certificate':
      return respond(exchange.request, exchange.response, trustCertificate(passed.view, gateway.anchor))
    case 'files':
      return serveFile(exchange.request, exchange.response, content.root, passed.decision.uri, content.index)
    case 'nothing':
      throw new RequestError('not-found')
  }
}

async function askEmbedded(gateway: Gateway, exchange: Exchange, { path }: Passed): Promise<void> {
  if (gateway.registry === null || path.operation === null) throw new RequestError('not-found')
  if (path.operation.kind === 'refused') throw new RequestError(path.operation.error)
  exchange.response.setHeader(apiVersion.name, apiVersion.value)
  const { request, response } = exchange
  const outcome = await gateway.registry.answer(request, response, path.operation, new URLSearchParams(path.query))
  exchange.digest = outcome.digest
  exchange.replaced = outcome.replaced
}

async function forward(
  gateway: Gateway,
  exchange: Exchange,
  { view, path, decision, variables, identity }: Passed,
): Promise<void> {
  if (decision.forward === null) throw new RequestError('not-found')
  const { route } = decision
  const user = userOf(identity)
  const headers: RequestHeaderRules = {
    dropAuthorization: identity.kind !== 'nobody',
    dropForwarded: route.forwardedHeaders === 'set-by-gate',
    set: [
      ...(user === null ? [] : [{ name: 'Authorization', value: nameOnlyAuthorization(user) }]),
      ...(route.forwardedHeaders === 'set-by-gate' ? forwardedHeaders(exchange, view) : []),
      ...headersForBackend(decision, variables),
    ],
  }
  await gateway.forwarder.forward(exchange.request, exchange.response, {
    backends: [decision.forward.backend, ...decision.forward.alternatives],
    verifyBackend: route.content.kind === 'forward' && route.content.verify,
    target: path.target,
    headers,
    login: gateway.backendLogin?.forScopes(scopesOf(path.operation, path.query)) ?? null,
    idleMs: route.idleMs,
    maxBodyBytes: route.maxBodyBytes,
    onHead: (status, lines) => {
      exchange.digest = lines.find(line => /^docker-content-digest$/i.test(line.name))?.value ?? null
      return [...lines, ...headersForResponse(decision, variables, status, lines)]
    },
  })
  const { request, response } = exchange
  if (hasUnreadBody(request) && !response.destroyed) discardRest(request, () => request.complete || request.destroy())
}

/** One canonical set, from the connection and from nothing that an untrusted client says. */
function forwardedHeaders(exchange: Exchange, view: RequestView): HeaderLine[] {
  return [
    { name: 'X-Forwarded-For', value: exchange.address },
    { name: 'X-Forwarded-Proto', value: view.scheme },
    { name: 'X-Real-IP', value: exchange.address },
  ]
}
