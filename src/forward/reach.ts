/** Whether a backend answers at all: asked for probes, and seldom enough that many of them cost it nothing. */
import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { limitAnswerHead } from './answer-parser.js'

export interface ReachOptions {
  /** Milliseconds for which an answer is good. */
  readonly rememberMs: number
  /** Milliseconds that a backend may take. */
  readonly patienceMs: number
  /** Milliseconds, never going back. */
  readonly now: () => number
}

/**
 * Why a backend (`http://host:port`) does not answer; null where it does, with whatever status below 500.
 * `verify`: whether an https backend's certificate is checked.
 */
export type Reach = (backend: string, verify: boolean) => Promise<string | null>

/** Backends that are remembered at once; their names may come out of variables. */
const mostBackends = 32

export function createReach(options: ReachOptions): Reach {
  const known = new Map<string, { readonly until: number; readonly fault: Promise<string | null> }>()
  return (backend, verify) => {
    const key = `${verify} ${backend}`
    const found = known.get(key)
    const now = options.now()
    if (found !== undefined && now < found.until) return found.fault
    if (known.size >= mostBackends) known.clear()
    const fault = ask(backend, verify, options.patienceMs)
    known.set(key, { until: now + options.rememberMs, fault })
    return fault
  }
}

function ask(backend: string, verify: boolean, patienceMs: number): Promise<string | null> {
  return new Promise(resolve => {
    const url = new URL('/v2/', backend)
    const send = url.protocol === 'https:' ? requestHttps : requestHttp
    const sent = send(url, {
      agent: false,
      rejectUnauthorized: verify,
      headers: { 'User-Agent': 'portcullis', Connection: 'close' },
    })
    limitAnswerHead(sent)
    const late = setTimeout(() => sent.destroy(new Error(`no answer within ${patienceMs} ms`)), patienceMs)
    sent.once('response', ({ statusCode = 0 }) => {
      resolve(statusCode < 500 ? null : `status ${statusCode}`)
      sent.destroy()
    })
    // What comes after the answer, or instead of a second one, tells nothing more.
    sent.on('error', error => resolve(error.message === '' ? 'no connection' : error.message))
    sent.once('close', () => {
      clearTimeout(late)
      resolve('the connection was closed without an answer')
    })
    sent.end()
  })
}
