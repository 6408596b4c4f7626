/** Streams requests to backends and their answers back; knows nothing of users or registries. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { RequestError } from '../errors/request-error.js'
import { askBackend, type BackendQuestion, type BackendReply } from './ask.js'
import { attempt } from './attempt.js'
import { hasBody, NotSent, StaleConnection } from './faults.js'
import { asGate } from './own-login.js'
import type { ForwardPlan, ForwardResult } from './plan.js'
import { createPools, type OnUnasked } from './pool.js'
import { createProxy } from './proxy.js'
import { backendRequestHeaders } from './request-headers.js'

export interface Forwarder {
  /** @throws RequestError (502, 504, 413) as long as nothing has been sent to the client */
  forward(request: IncomingMessage, response: ServerResponse, plan: ForwardPlan): Promise<ForwardResult>
  /** @throws RequestError (502, 504) */
  ask(question: BackendQuestion): Promise<BackendReply>
  close(): void
}

/**
 * Connections to the backend are kept for a while; their names are looked up anew for each new connection.
 * @param onUnasked see OnUnasked
 */
export function createForwarder(onUnasked: OnUnasked = () => {}): Forwarder {
  const proxy = createProxy()
  const pools = createPools(onUnasked)

  const sendTo = async (backend: string, request: IncomingMessage, response: ServerResponse, plan: ForwardPlan) => {
    // A backend may close a connection that rests at the very moment at which it is used again.
    const mayFail = plan.repeatable && (plan.body !== null || !hasBody(request))
    const { headers } = request
    const once = async (connection: 'kept' | 'new') => {
      const agent = await pools.agentFor(backend, connection)
      if (response.destroyed) return 'broken'
      request.headers = { ...headers, connection: connection === 'new' ? 'close' : 'keep-alive' }
      return attempt(proxy, { request, response, plan, backend, agent })
    }
    if (!mayFail) return once('new')
    try {
      return await once('kept')
    } catch (error) {
      if (!(error instanceof StaleConnection)) throw error
      // Where one kept connection is dead, the others mostly are as well.
      return once('new')
    }
  }

  /** The next server is asked where an earlier one has not got anything of the request. */
  const send = async (request: IncomingMessage, response: ServerResponse, plan: ForwardPlan) => {
    let notSent: NotSent | null = null
    for (const backend of plan.backends) {
      try {
        return await sendTo(backend, request, response, plan)
      } catch (error) {
        if (!(error instanceof NotSent)) throw error
        notSent = error
      }
    }
    throw notSent?.refusal ?? new RequestError('backend-unreachable')
  }

  return {
    async forward(request, response, plan) {
      request.headers = backendRequestHeaders(request.headers, request.method ?? 'GET', plan.headers)
      if (plan.login === null) return send(request, response, plan)
      const { headers } = request
      return asGate<ForwardResult>(plan.login, hasBody(request), async own => {
        if (response.destroyed) return 'broken'
        request.headers = own === null ? headers : { ...headers, authorization: own }
        return send(request, response, plan)
      })
    },
    ask: question => askBackend(pools, question),
    close: pools.close,
  }
}
