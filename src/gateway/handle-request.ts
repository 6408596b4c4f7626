/** The way of a request, on one screen; nothing else decides. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { askedRealm } from '../routes/asked-realm.js'
import type { CompiledListener } from '../routes/compile.js'
import { routeRequest } from '../routes/route-request.js'
import { selectServer } from '../routes/select-server.js'
import { createVariables } from '../routes/variables.js'
import { answer } from './answerers/answerers.js'
import { answerConfigured, answerRefusal, type Place } from './error-answer.js'
import { answerProbe, probeOf } from './health.js'
import { limitBody } from './limit-body.js'
import { authSchemeOf } from './login/auth-scheme.js'
import { authenticate } from './login/authenticate.js'
import { userOf } from './login/principal.js'
import { requireGrants } from './login/require-grants.js'
import { answerTokenQuestion, tokenQuestionOf } from './login/token-endpoint.js'
import type { Gateway } from './model.js'
import { readRequest } from './read-request.js'
import { parseRegistryRequest } from './registry-request.js'
import { beginRequest, type RequestContext } from './request-context.js'
import { authorize } from './rules/authorize.js'
import { refuseWrites } from './rules/read-only.js'

/** `proceed` sends `100 Continue` where the client waits for it. */
export type Handler = (request: IncomingMessage, response: ServerResponse, proceed: () => void) => void

/** Answers every request of one listener; never throws and never rejects. */
export function createHandler(gateway: Gateway, listener: CompiledListener): Handler {
  return (request, response, proceed) => {
    // Node's parser stops behind a request that asks for another protocol: what follows on the connection is not read.
    if (request.headers.upgrade !== undefined) response.shouldKeepAlive = false
    const context = beginRequest(request, response, gateway.trusted, gateway.events)
    handle(gateway, listener, context, proceed).catch(error => answerRefusal(gateway.events, context, null, error))
  }
}

async function handle(
  gateway: Gateway,
  listener: CompiledListener,
  context: RequestContext,
  proceed: () => void,
): Promise<void> {
  const view = readRequest(context.request)
  const server = selectServer(listener, view.headers.host)
  const variables = createVariables(server, view)
  const decision = routeRequest(server, view, variables)
  const question = tokenQuestionOf(gateway.tokenMode, view, server)
  if (question !== null) return answerTokenQuestion(gateway, listener, context, question, proceed)
  const place: Place = { server, variables, decision }
  try {
    const probe = probeOf(view, server, decision)
    if (probe !== null) return await answerProbe(gateway.readiness, context, probe, view, server)
    if (decision.kind !== 'serve') return answerConfigured(context, place)
    const { route } = decision
    if (!route.accessLog) context.access = 'off'
    limitBody(context.request, route.maxBodyBytes)
    const asked = parseRegistryRequest(view.method, decision.forward?.target ?? view.target)
    context.operation = asked.operation
    const realm = askedRealm(route, variables)
    const scheme = authSchemeOf(gateway, { listener, server }, view, route, realm, asked)
    const principal = await authenticate(gateway, scheme, asked, context)
    context.user = userOf(principal)
    const registryRequest = authorize(gateway.access, { principal, scheme }, asked, view)
    requireGrants({ principal, scheme }, registryRequest)
    refuseWrites(gateway.readOnly(), view, asked.operation)
    // Nothing is done for a client that has left meanwhile, or for what is no whole request; both have their line in the log already.
    if (context.response.destroyed || context.isBroken) return
    proceed()
    await answer(gateway, context, { view, server, registryRequest, decision, variables, principal, scheme })
  } catch (error) {
    answerRefusal(gateway.events, context, place, error)
  }
}
