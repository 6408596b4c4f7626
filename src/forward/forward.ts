/** Streams one request to the backend and its answer back; knows nothing of users or registries. */
import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http'
import { RequestError } from '../errors/request-error.js'
import type { HeaderLine } from '../http/header-line.js'
import { askBackend, type BackendQuestion, type BackendReply } from './ask.js'
import { backendFault, hasBody, LoginRefused, mayRepeat, neverArrived, StaleConnection } from './faults.js'
import { asGate, type OwnLogin, withoutLogin } from './own-login.js'
import { createPools } from './pool.js'
import { createProxy } from './proxy.js'
import { backendRequestHeaders, type RequestHeaderRules } from './request-headers.js'
import { clientResponseHeaders } from './response-headers.js'

export interface ForwardPlan {
  /** `http://host:port` or `https://host:port`; a later one is asked where an earlier one cannot be reached. */
  readonly backends: readonly string[]
  /** Whether the certificate of an https backend must be valid. */
  readonly verifyBackend: boolean
  /** Path and query exactly as the backend gets them. */
  readonly target: string
  readonly headers: RequestHeaderRules
  /** Whose Authorization replaces the one of these headers; null where the gate has no login of its own. */
  readonly login: OwnLogin | null
  /** The request's body where it has been read already; null where it is still to come. */
  readonly body: Buffer | null
  /** Milliseconds without progress. */
  readonly idleMs: { readonly read: number; readonly send: number }
  /** null: no limit. Only a body without a length has to be counted here. */
  readonly maxBodyBytes: number | null
  /** Gets the backend's status and the headers that may pass; gives the headers to send. */
  readonly onHead: (status: number, headers: readonly HeaderLine[]) => readonly HeaderLine[]
}

/** `complete`: to the last byte. `broken`: one side left in the middle, and the other was cut. */
export type ForwardResult = 'complete' | 'broken'

export interface Forwarder {
  /** @throws RequestError (502, 504, 413) as long as nothing has been sent to the client */
  forward(request: IncomingMessage, response: ServerResponse, plan: ForwardPlan): Promise<ForwardResult>
  /** @throws RequestError (502, 504) */
  ask(question: BackendQuestion): Promise<BackendReply>
  close(): void
}

/** Connections to the backend are kept for a while; their names are looked up anew for each new connection. */
export function createForwarder(): Forwarder {
  const proxy = createProxy()
  const pools = createPools()

  const attempt = (
    request: IncomingMessage,
    response: ServerResponse,
    plan: ForwardPlan,
    url: string,
    connection: 'kept or new' | 'new' = 'kept or new',
  ) =>
    new Promise<ForwardResult>((resolve, reject) => {
      const { protocol, host, port } = readBackend(url)
      let backendRequest: ClientRequest | null = null
      let answer: IncomingMessage | null = null
      let settled = false
      let timedOut = false

      const settle = (finish: () => void) => {
        if (settled) return
        settled = true
        response.off('close', clientLeft)
        finish()
      }
      const stop = (result: ForwardResult) =>
        settle(() => {
          request.unpipe()
          backendRequest?.destroy()
          resolve(result)
        })
      const clientLeft = () => stop('broken')
      const fail = (error: Error) => {
        // What comes behind a whole answer has broken the backend's connection, not the answer.
        if (settled || answer?.complete === true) return
        // Never a short success: an answer that has begun is cut.
        if (response.headersSent) response.destroy()
        if (response.headersSent || response.destroyed) return stop('broken')
        settle(() => {
          request.unpipe()
          backendRequest?.destroy()
          reject(timedOut ? new RequestError('backend-timeout', { cause: error }) : backendFault(error, backendRequest))
        })
      }
      response.once('close', clientLeft)
      if (plan.maxBodyBytes !== null) limitBody(request, plan.maxBodyBytes, fail)

      proxy(request, response, {
        target: { protocol, host, port },
        agent: connection === 'new' ? false : pools[protocol],
        path: plan.target,
        body: plan.body,
        verifyBackend: plan.verifyBackend,
        onRequest: sent => {
          backendRequest = sent
          if (settled) sent.destroy()
          // No upgrade is ever asked for; Node leaves one that comes all the same without a word.
          sent.once('upgrade', (_, socket) => {
            socket.destroy()
            fail(new RequestError('backend-answer-invalid'))
          })
          sent.once('close', () => {
            if (answer === null) fail(new Error('the backend closed the connection without an answer'))
          })
          sent.setTimeout(Math.max(plan.idleMs.read, plan.idleMs.send), () => {
            timedOut = true
            sent.destroy(new Error('no progress'))
          })
        },
        onResponse: backend => {
          if (plan.login !== null && backend.statusCode === 401) {
            const { 'www-authenticate': challenges = [] } = backend.headersDistinct
            return fail(new LoginRefused(challenges))
          }
          answer = backend
          try {
            const head = clientHead(backend, plan, [`${host}:${port}`, host, sentHost(request)])
            response.writeHead(backend.statusCode ?? 502, head)
          } catch (error) {
            answer = null
            return fail(new RequestError('backend-answer-invalid', { cause: error }))
          }
          relayBody(backend, response, fail, () => {
            // A backend that answers before it has read everything is done with the request.
            if (request.complete) settle(() => resolve('complete'))
            else stop('complete')
          })
        },
        onError: fail,
      })
    })

  /** Another attempt, on a new connection or at the next backend, where that can do no harm. */
  const repeat = async (
    request: IncomingMessage,
    response: ServerResponse,
    plan: ForwardPlan,
    tried: string,
    error: unknown,
  ): Promise<ForwardResult> => {
    if (error instanceof StaleConnection) {
      if (!mayRepeat(request)) throw new RequestError('backend-unreachable', { cause: error.cause })
      // Where one kept connection is dead, the others mostly are as well.
      return attempt(request, response, plan, tried, 'new')
    }
    const [next, ...others] = plan.backends
    if (next === undefined || hasBody(request) || !neverArrived(error)) throw error
    try {
      return await attempt(request, response, plan, next)
    } catch (again) {
      return repeat(request, response, { ...plan, backends: others }, next, again)
    }
  }

  const send = async (request: IncomingMessage, response: ServerResponse, plan: ForwardPlan) => {
    const [first = '', ...others] = plan.backends
    try {
      return await attempt(request, response, plan, first)
    } catch (error) {
      return await repeat(request, response, { ...plan, backends: others }, first, error)
    }
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
    close() {
      pools['http:'].destroy()
      pools['https:'].destroy()
    },
  }
}

function readBackend(url: string): { protocol: 'http:' | 'https:'; host: string; port: number } {
  const { protocol, hostname, port } = new URL(url)
  const kind = protocol === 'https:' ? 'https:' : 'http:'
  const standard = kind === 'https:' ? 443 : 80
  return { protocol: kind, host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? standard : Number(port) }
}

/** The Host as it was sent: `forward` has put it into the request's headers before. */
const sentHost = (request: IncomingMessage) => (request.headers.host ?? '').toLowerCase()

/** @returns name, value, name, value ... @throws where the head is no answer */
function clientHead(backend: IncomingMessage, plan: ForwardPlan, authorities: readonly string[]): string[] {
  const status = backend.statusCode ?? 0
  if (status < 200 || status > 599) throw new Error(`status ${status}`)
  const coding = backend.headers['transfer-encoding']
  if (coding !== undefined && coding.toLowerCase() !== 'chunked') throw new Error(`transfer-encoding ${coding}`)
  const lines = clientResponseHeaders(backend, authorities)
  return plan.onHead(status, plan.login === null ? lines : withoutLogin(lines)).flatMap(line => [line.name, line.value])
}

/** With back-pressure; an answer that ends before its length or its last chunk breaks the client's transfer as well. */
function relayBody(
  backend: IncomingMessage,
  response: ServerResponse,
  fail: (error: Error) => void,
  done: () => void,
): void {
  backend.once('error', fail)
  backend.once('close', () => {
    if (!backend.complete) fail(new Error('the backend ended its answer too early'))
  })
  response.once('finish', done)
  backend.pipe(response)
  // A body that is slow to begin must not hold back the head: containerd waits 30 s for it.
  setImmediate(() => {
    if (!response.destroyed && !response.writableEnded) response.flushHeaders()
  })
}

/** Counts a body whose length is not known beforehand (`client_max_body_size`). */
function limitBody(request: IncomingMessage, maxBytes: number, fail: (error: Error) => void): void {
  let bytes = 0
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > maxBytes) fail(new RequestError('body-too-large'))
  })
}
