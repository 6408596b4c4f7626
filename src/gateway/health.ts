/**
 * `/healthz` and `/readyz`: whether the gate runs, and whether it can serve; for every client that reaches the port,
 * without a login. (decision R15)
 */
import { RequestError } from '../errors/request-error.js'
import type { CompiledServer } from '../routes/compile.js'
import type { RequestView } from '../routes/model.js'
import { type Decision, routeRequest } from '../routes/route-request.js'
import { createVariables } from '../routes/variables.js'
import { whyNotReady } from './answerers/answerers.js'
import type { Readiness } from './model.js'
import { allowHeader, readMethods, requireMethod } from './own-methods.js'
import type { RequestContext } from './request-context.js'
import { type OwnAnswer, respond } from './respond.js'

export type Probe = 'healthz' | 'readyz'

/**
 * Whether a request is a probe, and which. A configuration that has a location of its own for the path, or whose server block
 * answers by itself, keeps it; one that would only take it along (`location /`, or no location at all) does not.
 */
export function probeOf({ target }: RequestView, { place }: CompiledServer, decision: Decision): Probe | null {
  const probe = /^\/(healthz|readyz)(?:\?|$)/.exec(target)?.[1]
  if (probe !== 'healthz' && probe !== 'readyz') return null
  const everythingElse = place.prefixes.find(({ path }) => path === '/')?.place.route
  if (decision.route === everythingElse) return probe
  return decision.kind === 'serve' && decision.route === place.route ? probe : null
}

/**
 * Says nothing of repositories, users or addresses. OPTIONS is answered like GET: haproxy's `option httpchk /healthz` asks so. A probe that
 * succeeds is logged at level debug only: it comes every few seconds.
 * @throws RequestError 405 for another method than GET, HEAD and OPTIONS
 */
export async function answerProbe(
  readiness: Readiness,
  context: RequestContext,
  probe: Probe,
  view: RequestView,
  server: CompiledServer,
): Promise<void> {
  context.operation = 'health'
  requireMethod(view.method, readMethods)
  const fault = probe === 'readyz' ? await registryError(readiness, view, server) : null
  context.access = fault === null ? 'quiet' : 'on'
  context.error = fault
  respond(
    context.request,
    context.response,
    fault === null
      ? json(200, { status: probe === 'healthz' ? 'ok' : 'ready' })
      : json(fault.status, { status: 'unavailable', reason: fault.message }),
    view.method === 'OPTIONS' ? [allowHeader(readMethods)] : [],
  )
}

/** What a client would need that asked this server for the registry. */
async function registryError(readiness: Readiness, view: RequestView, server: CompiledServer) {
  const asked = { ...view, method: 'GET', target: '/v2/' }
  const decision = routeRequest(server, asked, createVariables(server, asked))
  if (decision.kind !== 'serve') return null
  const found = await whyNotReady(readiness, decision)
  return found === null
    ? null
    : new RequestError('not-ready', { message: found.message, cause: new Error(found.cause) })
}

const json = (status: number, body: object): OwnAnswer => ({
  status,
  headers: [
    { name: 'Content-Type', value: 'application/json; charset=utf-8' },
    { name: 'Cache-Control', value: 'no-store' },
  ],
  body: `${JSON.stringify(body)}\n`,
})
