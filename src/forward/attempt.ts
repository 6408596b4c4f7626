/** One attempt to have a request answered by one backend: sends it, and streams the answer to the client. */
import type { Agent, ClientRequest, IncomingMessage, ServerResponse } from 'node:http'
import { RequestError } from '../errors/request-error.js'
import { createBackendTimeouts } from '../http/timeouts.js'
import { backendFault, LoginRefused, NotSent, StaleConnection, watchForStale } from './faults.js'
import type { ForwardPlan, ForwardResult } from './plan.js'
import type { OpenRequest } from './proxy.js'
import { readOnWhereWritesFail } from './read-on.js'
import { relay } from './relay.js'
import { answerHead } from './response-headers.js'
import { sendBody, whenConnected } from './send-body.js'

export interface Attempt {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly plan: ForwardPlan
  /** `http://host:port` or `https://host:port`. */
  readonly backend: string
  readonly agent: Agent
}

/** @throws NotSent, StaleConnection, LoginRefused, RequestError, as long as nothing has been sent to the client */
export function attempt(
  open: OpenRequest,
  { request, response, plan, backend, agent }: Attempt,
): Promise<ForwardResult> {
  return new Promise((resolve, reject) => {
    let sent: ClientRequest | null = null
    let answer: IncomingMessage | null = null
    let isStale = () => false
    let isConnected = false
    let isSettled = false
    let stopSending = () => {}

    const settle = (finish: () => void) => {
      if (isSettled) return
      isSettled = true
      response.off('close', clientLeft)
      timeouts.stop()
      stopSending()
      finish()
    }
    const giveUp = (finish: () => void) =>
      settle(() => {
        sent?.destroy()
        finish()
      })
    const clientLeft = () => giveUp(() => resolve('broken'))
    const fail = (error: Error) => {
      // What comes behind a whole answer has broken the backend's connection, not the answer.
      if (isSettled || answer?.complete === true) return
      // Never a short success: an answer that has begun is cut.
      if (response.headersSent) response.destroy()
      if (response.headersSent || response.destroyed) return clientLeft()
      giveUp(() => reject(failureOf(error)))
    }
    const failureOf = (error: Error): Error => {
      if (error instanceof LoginRefused || error instanceof StaleConnection) return error
      const refusal = backendFault(error)
      if (!isConnected) return new NotSent(refusal)
      return refusal.code === 'backend-unreachable' && isStale() ? new StaleConnection() : refusal
    }
    const timeouts = createBackendTimeouts(plan.idleMs, cause => fail(new RequestError('backend-timeout', { cause })))

    let awaitsClient = false
    /** The backend owes nothing before it has the whole request, and nothing while the client takes no more of the answer. */
    const limitRead = () => {
      if (isSettled || !sent?.writableFinished || awaitsClient) timeouts.read.stop()
      else timeouts.read.restart()
    }
    const onResponse = (head: IncomingMessage) => {
      // A server's goodbye to a connection that was idle crossed the request (RFC 9110 section 15.5.9).
      if (head.statusCode === 408 && sent?.reusedSocket) return fail(new StaleConnection())
      if (plan.login !== null && head.statusCode === 401)
        return fail(new LoginRefused(head.headersDistinct['www-authenticate'] ?? []))
      try {
        response.writeHead(head.statusCode ?? 0, answerHead(head, request, plan, backend))
      } catch (cause) {
        return fail(new RequestError('backend-answer-invalid', { cause }))
      }
      answer = head
      relayAnswer(head)
    }
    const relayAnswer = (head: IncomingMessage) => {
      head.once('error', fail)
      head.once('close', () => {
        if (!head.complete) fail(new Error('the backend ended its answer too early'))
      })
      relay(head, response, {
        accepts: () => !isSettled,
        onWaiting: side => {
          awaitsClient = side === 'destination'
          limitRead()
        },
        onEnd: () => {
          timeouts.stop()
          response.end()
          // A backend that answers before it has read everything is done with the request; what is left of it is read and dropped.
          if (sent?.writableFinished) return
          stopSending()
          sent?.destroy()
        },
      })
      response.once('finish', () => settle(() => resolve('complete')))
      // A body that is slow to begin must not hold back the head: containerd waits 30 s for it.
      setImmediate(() => {
        if (!response.destroyed && !response.writableEnded) response.flushHeaders()
      })
    }

    response.once('close', clientLeft)
    timeouts.connect.restart()
    open(request, response, {
      backend,
      agent,
      path: plan.target,
      verifyBackend: plan.verifyBackend,
      onRequest: backendRequest => {
        sent = backendRequest
        isStale = watchForStale(sent)
        sent.on('error', fail)
        sent.once('close', () => {
          if (answer === null) fail(new Error('the backend closed the connection without an answer'))
        })
        // No upgrade is ever asked for; Node leaves one that comes all the same without a word.
        sent.once('upgrade', (_, socket) => {
          socket.destroy()
          fail(new RequestError('backend-answer-invalid'))
        })
        sent.once('response', onResponse)
        sent.once('finish', limitRead)
        sent.on('information', limitRead)
        whenConnected(sent, socket => {
          if (isSettled) return
          if (!backendRequest.reusedSocket) readOnWhereWritesFail(socket)
          isConnected = true
          timeouts.connect.stop()
          const body = { request, held: plan.body, maxBytes: plan.maxBodyBytes }
          stopSending = sendBody(backendRequest, body, timeouts.send, fail)
        })
      },
    })
  })
}
