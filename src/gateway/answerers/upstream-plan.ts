/** Where a request goes and with which headers. */
import { RequestError } from '../../errors/request-error.js'
import { nameOnlyAuthorization } from '../../http/authorization-header.js'
import type { HeaderLine } from '../../http/header-line.js'
import { rowOf } from '../../registry-api/operation.js'
import { headersForBackend } from '../../routes/headers.js'
import type { RequestView } from '../../routes/model.js'
import type { ForwardPlan } from '../../upstream/plan.js'
import { userOf } from '../login/principal.js'
import type { AuthorizedRequest, Gateway } from '../model.js'
import type { RequestContext } from '../request-context.js'
import { upstreamScopes } from './upstream-scopes.js'

type UpstreamPlan = Pick<ForwardPlan, 'backends' | 'verifyBackend' | 'headers' | 'login' | 'repeatable' | 'isRegistry'>

/** RFC 9110 section 9.2.2. */
const idempotent: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'])

/** @throws RequestError not-found where the route has no backend */
export function upstreamPlan(
  { backendLogin }: Pick<Gateway, 'backendLogin'>,
  context: RequestContext,
  { view, registryRequest, decision, variables, principal }: AuthorizedRequest,
): UpstreamPlan {
  if (decision.forward === null) throw new RequestError('not-found')
  const { route } = decision
  const user = userOf(principal)
  return {
    backends: [decision.forward.backend, ...decision.forward.alternatives],
    verifyBackend: route.content.kind === 'forward' && route.content.verify,
    login: backendLogin?.forScopes(upstreamScopes(registryRequest)) ?? null,
    // An upload that is started twice and continued once does no harm.
    repeatable: idempotent.has(view.method) || rowOf(registryRequest.operation)?.upload === 'start',
    isRegistry: registryRequest.operation !== null || view.target.startsWith('/v2/'),
    headers: {
      dropAuthorization: principal.kind !== 'nobody',
      dropForwarded: route.forwardedHeaders === 'set-by-gate',
      set: [
        ...(user === null ? [] : [{ name: 'Authorization', value: nameOnlyAuthorization(user) }]),
        ...(route.forwardedHeaders === 'set-by-gate' ? forwardedHeaders(context, view) : []),
        ...headersForBackend(decision, variables),
      ],
    },
  }
}

/** One canonical set, from the connection and from nothing that an untrusted client says. */
function forwardedHeaders(context: RequestContext, view: RequestView): HeaderLine[] {
  return [
    { name: 'X-Forwarded-For', value: context.address },
    { name: 'X-Forwarded-Proto', value: view.scheme },
    { name: 'X-Real-IP', value: context.address },
  ]
}
