/** The head of an answer as the client gets it. */
import type { IncomingMessage } from 'node:http'
import type { HeaderLine } from '../http/header-line.js'
import { hopByHopHeaders } from '../http/hop-by-hop.js'
import { backendAddress } from './backend-address.js'
import { withoutLogin } from './own-login.js'
import { clientValue, type OwnUrls } from './own-urls.js'
import type { ForwardPlan } from './plan.js'

/** The backend's end-to-end headers in their order and spelling, with its own URLs as the client has to see them. */
export function clientResponseHeaders(backend: IncomingMessage, own: OwnUrls): HeaderLine[] {
  const stopsHere = hopByHopHeaders(backend.headers.connection)
  const lines: HeaderLine[] = []
  for (let index = 0; index < backend.rawHeaders.length; index += 2) {
    const name = backend.rawHeaders[index] ?? ''
    const value = backend.rawHeaders[index + 1] ?? ''
    const key = name.toLowerCase()
    if (!stopsHere(key)) lines.push({ name, value: clientValue(key, value, own) })
  }
  return lines
}

/**
 * The head that the client gets.
 * @param sent the request as it went to the backend
 * @param backend `http://host:port` or `https://host:port`
 * @returns name, value, name, value ...
 * @throws Error where the head is no answer
 */
export function answerHead(
  answer: IncomingMessage,
  sent: Pick<IncomingMessage, 'headers'>,
  plan: Pick<ForwardPlan, 'login' | 'onHead' | 'isRegistry'>,
  backend: string,
): string[] {
  const status = answer.statusCode ?? 0
  if (status < 200 || status > 599) throw new Error(`status ${status}`)
  const coding = answer.headers['transfer-encoding']
  if (coding !== undefined && coding.toLowerCase() !== 'chunked') throw new Error(`transfer-encoding ${coding}`)
  const authorities = [...backendAddress(backend).authorities, (sent.headers.host ?? '').toLowerCase()]
  const lines = clientResponseHeaders(answer, { authorities, isRegistry: plan.isRegistry, status })
  return plan.onHead(status, plan.login === null ? lines : withoutLogin(lines)).flatMap(line => [line.name, line.value])
}
