/** Questions of the gate's own to the backend: small answers, read whole, bounded in time and size. */
import { type Agent, type IncomingHttpHeaders, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { RequestError, type RequestErrorCode } from '../errors/request-error.js'
import { limitAnswerHead } from './answer-parser.js'
import { backendAddress } from './backend-address.js'
import { backendFault, LoginRefused, StaleConnection, watchForStale } from './faults.js'
import { asGate, type OwnLogin } from './own-login.js'
import type { Pools } from './pool.js'

export interface BackendQuestion {
  /** `http://host:port` or `https://host:port`; a later one is asked where an earlier one cannot be reached. */
  readonly backends: readonly string[]
  /** Whether the certificate of an https backend must be valid. */
  readonly verifyBackend: boolean
  readonly method: 'GET' | 'HEAD'
  /** Path and query. */
  readonly target: string
  readonly headers: Readonly<Record<string, string | string[]>>
  /** Whose Authorization replaces the one of these headers; null where the gate has no login of its own. */
  readonly login: OwnLogin | null
  /** Milliseconds from the name's lookup to the last byte. */
  readonly timeoutMs: number
  /** Of the body. */
  readonly maxBytes: number
}

export interface BackendReply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** The lines of WWW-Authenticate. */
  readonly challenges: readonly string[]
  readonly body: Buffer
}

/**
 * @throws RequestError 502 where no whole answer comes, or one that is too long, 504 where it does not come in time; what the login throws
 * and gives
 */
export async function askBackend(pools: Pools, question: BackendQuestion): Promise<BackendReply> {
  const { login } = question
  if (login === null) return askAny(pools, question)
  return asGate(login, false, async authorization => {
    const headers = authorization === null ? question.headers : { ...question.headers, authorization }
    const reply = await askAny(pools, { ...question, headers })
    if (reply.status === 401) throw new LoginRefused(reply.challenges)
    return reply
  })
}

async function askAny(pools: Pools, question: BackendQuestion): Promise<BackendReply> {
  const [first = '', ...others] = question.backends
  try {
    return await askOne(pools, question, first)
  } catch (error) {
    if (others.length === 0 || !(error instanceof RequestError) || error.code !== 'backend-unreachable') throw error
    return askAny(pools, { ...question, backends: others })
  }
}

/** A kept connection that the backend had closed meanwhile says nothing of the backend: once more on a new one. */
async function askOne(pools: Pools, question: BackendQuestion, backend: string): Promise<BackendReply> {
  try {
    return await send(question, backend, await pools.agentFor(backend, 'kept'))
  } catch (error) {
    if (!(error instanceof StaleConnection)) throw error
    return send(question, backend, await pools.agentFor(backend, 'new'))
  }
}

function send(question: BackendQuestion, backend: string, agent: Agent): Promise<BackendReply> {
  const { method, target, headers, verifyBackend, timeoutMs, maxBytes } = question
  return new Promise((resolve, reject) => {
    const { protocol, host, port } = backendAddress(backend)
    const options = { host, port, path: target, method, headers, agent, rejectUnauthorized: verifyBackend }
    const sent = protocol === 'https:' ? requestHttps(options) : requestHttp(options)
    limitAnswerHead(sent)
    const isStale = watchForStale(sent)
    const refuse = (code: RequestErrorCode, cause: Error) => {
      const stale = code === 'backend-unreachable' && isStale()
      reject(stale ? new StaleConnection() : new RequestError(code, { cause }))
      sent.destroy()
    }
    const late = setTimeout(() => refuse('backend-timeout', new Error(`no answer within ${timeoutMs} ms`)), timeoutMs)
    sent.on('error', fault => refuse(backendFault(fault).code, fault))
    sent.once('close', () => {
      clearTimeout(late)
      refuse('backend-unreachable', new Error('the connection was closed without a whole answer'))
    })
    // Nothing was asked for that could change the protocol; Node leaves such an answer without a word.
    sent.once('upgrade', (_, socket) => {
      socket.destroy()
      refuse('backend-answer-invalid', new Error('it changes the protocol'))
    })
    sent.once('response', answer => {
      const chunks: Buffer[] = []
      let bytes = 0
      answer.on('data', (chunk: Buffer) => {
        bytes += chunk.length
        if (bytes <= maxBytes) chunks.push(chunk)
        else refuse('backend-answer-invalid', new Error(`the answer is longer than ${maxBytes} bytes`))
      })
      answer.once('error', fault => refuse('backend-unreachable', fault))
      answer.once('end', () =>
        resolve({
          status: answer.statusCode ?? 0,
          headers: answer.headers,
          challenges: answer.headersDistinct['www-authenticate'] ?? [],
          body: Buffer.concat(chunks),
        }),
      )
    })
    sent.end()
  })
}
