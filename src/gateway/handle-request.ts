/** The way of a request, on one screen; nothing else decides. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { CompiledPolicy } from '../access/compile-policy.js'
import type { ImmutableTags } from '../access/model.js'
import type { BackendLogin } from '../backend-login/backend-login.js'
import type { TrustAnchor } from '../certificates/anchor.js'
import type { EmbeddedRegistry } from '../embedded-registry/embedded-registry.js'
import type { Forwarder } from '../forward/forward.js'
import type { Events } from '../observe/events.js'
import { askedRealm } from '../routes/asked-realm.js'
import type { CompiledListener, CompiledServer } from '../routes/compile.js'
import { routeRequest } from '../routes/route-request.js'
import { selectServer } from '../routes/select-server.js'
import { createVariables } from '../routes/variables.js'
import { answer } from './answer.js'
import { type Authenticator, authenticate } from './authenticate.js'
import { authorize } from './authorize.js'
import { beginExchange, type Exchange } from './exchange.js'
import { answerProbe, probeOf, type Readiness } from './health.js'
import { userOf } from './identity.js'
import { judgePath } from './judge-path.js'
import { limitBody } from './limit-body.js'
import { loginOf } from './login.js'
import { answerConfigured, answerRefusal, type Place } from './own-answers.js'
import type { Permit } from './permit.js'
import { type ReadOnly, refuseWrites } from './read-only.js'
import { readRequest } from './read-request.js'
import { requireGrants } from './require-grants.js'
import { answerTokenQuestion, tokenQuestionOf } from './token-endpoint.js'
import type { TokenMode, Tokens } from './tokens.js'

/** What the gate works with, put together by server/worker/gate.ts. */
export interface Gateway {
  readonly users: Authenticator
  readonly tokens: Tokens
  /** null: clients are asked for Basic, and there is no token service. */
  readonly tokenMode: TokenMode | null
  readonly permit: Permit
  /** null: everybody who gets in may do everything. */
  readonly access: CompiledPolicy | null
  readonly immutable: readonly ImmutableTags[]
  readonly forwarder: Forwarder
  /** null where clients' requests go to the backend without a login of the gate's own. */
  readonly backendLogin: BackendLogin | null
  /** null where no route uses it. */
  readonly registry: EmbeddedRegistry | null
  readonly readiness: Readiness
  /** Asked anew for each request; null while clients may push. */
  readonly readOnly: () => ReadOnly | null
  /** What clients of a server must trust; null where it has no certificate, or where another authority has signed it. */
  readonly anchorOf: (server: CompiledServer) => TrustAnchor | null
  /** Whose X-Forwarded-For is believed. */
  readonly trusted: (address: string) => boolean
  readonly events: Events
}

/** `proceed` sends `100 Continue` where the client waits for it. */
export type Handler = (request: IncomingMessage, response: ServerResponse, proceed: () => void) => void

/** Answers every request of one listener; never throws and never rejects. */
export function createHandler(gateway: Gateway, listener: CompiledListener): Handler {
  return (request, response, proceed) => {
    // Node's parser stops behind a request that asks for another protocol: what follows on the connection is not read.
    if (request.headers.upgrade !== undefined) response.shouldKeepAlive = false
    const exchange = beginExchange(request, response, gateway.trusted, gateway.events)
    handle(gateway, listener, exchange, proceed).catch(error => answerRefusal(gateway.events, exchange, null, error))
  }
}

async function handle(
  gateway: Gateway,
  listener: CompiledListener,
  exchange: Exchange,
  proceed: () => void,
): Promise<void> {
  const view = readRequest(exchange.request)
  const server = selectServer(listener, view.headers.host)
  const variables = createVariables(server, view)
  const decision = routeRequest(server, view, variables)
  const question = tokenQuestionOf(gateway.tokenMode, view, server)
  if (question !== null) return answerTokenQuestion(gateway, listener, exchange, question, proceed)
  const place: Place = { server, variables, decision }
  try {
    const probe = probeOf(view, server, decision)
    if (probe !== null) return await answerProbe(gateway.readiness, exchange, probe, view, server)
    if (decision.kind !== 'serve') return answerConfigured(exchange, place)
    const { route } = decision
    if (!route.accessLog) exchange.access = 'off'
    limitBody(exchange.request, route.maxBodyBytes)
    const path = judgePath(view.method, decision.forward?.target ?? view.target)
    exchange.operation = path.operation
    const realm = askedRealm(route, variables)
    const login = loginOf(gateway, { listener, server }, view, route, realm, path)
    const identity = await authenticate(gateway, login, path, exchange)
    exchange.user = userOf(identity)
    const judged = authorize(gateway.access, { identity, login }, path, view)
    requireGrants(identity, login, judged)
    refuseWrites(gateway.readOnly(), view, path.operation)
    // Nothing is done for a client that has left meanwhile, and that has its line in the log already.
    if (exchange.response.destroyed) return
    proceed()
    await answer(gateway, exchange, { view, server, path: judged, decision, variables, identity, login })
  } catch (error) {
    answerRefusal(gateway.events, exchange, place, error)
  }
}
