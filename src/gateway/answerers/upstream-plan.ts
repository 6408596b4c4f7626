/** Where a request goes and with which headers; also for what the gate has to ask the backend before. */
import { RequestError } from '../../errors/request-error.js'
import type { BackendReply } from '../../forward/ask.js'
import type { ForwardPlan } from '../../forward/forward.js'
import { backendRequestHeaders } from '../../forward/request-headers.js'
import { nameOnlyAuthorization } from '../../http/authorization-header.js'
import type { HeaderLine } from '../../http/header-line.js'
import { headersForBackend } from '../../routes/headers.js'
import type { RequestView } from '../../routes/model.js'
import type { Gateway } from '../handle-request.js'
import { userOf } from '../login/principal.js'
import type { Exchange } from '../request-context.js'
import type { Passed } from './answer.js'
import { backendScopes } from './upstream-scopes.js'

type BackendPlan = Pick<ForwardPlan, 'backends' | 'verifyBackend' | 'headers' | 'login'>

/** @throws RequestError not-found where the route has no backend */
export function backendPlan(
  { backendLogin }: Pick<Gateway, 'backendLogin'>,
  exchange: Exchange,
  { view, path, decision, variables, identity }: Passed,
): BackendPlan {
  if (decision.forward === null) throw new RequestError('not-found')
  const { route } = decision
  const user = userOf(identity)
  return {
    backends: [decision.forward.backend, ...decision.forward.alternatives],
    verifyBackend: route.content.kind === 'forward' && route.content.verify,
    login: backendLogin?.forScopes(backendScopes(path)) ?? null,
    headers: {
      dropAuthorization: identity.kind !== 'nobody',
      dropForwarded: route.forwardedHeaders === 'set-by-gate',
      set: [
        ...(user === null ? [] : [{ name: 'Authorization', value: nameOnlyAuthorization(user) }]),
        ...(route.forwardedHeaders === 'set-by-gate' ? forwardedHeaders(exchange, view) : []),
        ...headersForBackend(decision, variables),
      ],
    },
  }
}

/** Long enough for any backend that clients could use, short enough for their own patience (containerd waits 30 s). */
const patienceMs = 25_000

/**
 * Asks the backend with the headers that the request in hand would have.
 * @throws RequestError as Forwarder.ask does
 */
export function askBackend(
  gateway: Pick<Gateway, 'forwarder' | 'backendLogin'>,
  exchange: Exchange,
  passed: Passed,
  question: {
    readonly method: 'GET' | 'HEAD'
    readonly target: string
    readonly accept: string
    readonly mostBytes: number
  },
): Promise<BackendReply> {
  const { backends, verifyBackend, login, headers } = backendPlan(gateway, exchange, passed)
  const { host, authorization, 'user-agent': agent } = exchange.request.headers
  const own = { host, authorization, accept: question.accept, 'user-agent': agent }
  return gateway.forwarder.ask({
    backends,
    verifyBackend,
    login,
    method: question.method,
    target: question.target,
    headers: backendRequestHeaders(own, question.method, headers),
    patienceMs,
    mostBytes: question.mostBytes,
  })
}

/** One canonical set, from the connection and from nothing that an untrusted client says. */
function forwardedHeaders(exchange: Exchange, view: RequestView): HeaderLine[] {
  return [
    { name: 'X-Forwarded-For', value: exchange.address },
    { name: 'X-Forwarded-Proto', value: view.scheme },
    { name: 'X-Real-IP', value: exchange.address },
  ]
}
