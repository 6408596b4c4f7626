/** What the routing makes of one request of the table, in the words of the table. */
import { ProblemsFound } from '../../src/errors/problem.js'
import type { HeaderLine } from '../../src/http/header-line.js'
import { settingsFromNginxConf } from '../../src/nginx/nginx-conf.js'
import { type CompiledListener, compileListener } from '../../src/routes/compile.js'
import { headersForBackend, headersForResponse } from '../../src/routes/headers.js'
import type { RequestView } from '../../src/routes/model.js'
import { type Decision, routeRequest } from '../../src/routes/route-request.js'
import { selectServer } from '../../src/routes/select-server.js'
import { createVariables } from '../../src/routes/variables.js'
import { backendAnswer, requestHeaders, shownInAnswer, shownInRequest } from './routing-cases.js'

/** The first address of a configuration, ready for requests. */
export function compiled(text: string): CompiledListener {
  try {
    const [listener] = settingsFromNginxConf('nginx.conf', { read: () => text, glob: () => [] }).listeners
    if (listener !== undefined) return compileListener(listener)
  } catch (error) {
    if (error instanceof ProblemsFound) throw new Error(JSON.stringify(error.problems, null, 1))
    throw error
  }
  throw new Error('the configuration has no listener')
}

export function viewOf(method: string, target: string, port = 5000): RequestView {
  return {
    method,
    target,
    httpVersion: '1.1',
    scheme: 'http',
    headers: requestHeaders,
    remoteAddress: '127.0.0.1',
    remotePort: 40_000,
    serverAddress: '127.0.0.1',
    serverPort: port,
    tlsProtocol: '',
  }
}

export function outcomeOf(listener: CompiledListener, method: string, target: string, port = 5000): string {
  const view = viewOf(method, target, port)
  const server = selectServer(listener, view.headers.host)
  const variables = createVariables(server, view)
  const decision = routeRequest(server, view, variables)
  const status = decision.kind === 'serve' && decision.forward !== null ? (decision.status ?? backendAnswer.status) : 0
  const sent = status === 0 ? [] : requestLines(headersForBackend(decision, variables), defaultHost(decision))
  const backend = status === 0 ? [] : backendAnswer.headers
  const shown = decision.kind === 'answer' ? decision.status : status || 404
  const added = decision.kind === 'close' ? [] : headersForResponse(decision, variables, shown, backend)
  return [describeDecision(decision), ...sent, ...shownInAnswer([...backend, ...added])].join(' ')
}

/** What the client sent and the configuration did not replace, then what the configuration sets. */
function requestLines(set: readonly HeaderLine[], standard: string): string[] {
  const own = Object.entries(requestHeaders)
    .filter(([name]) => !set.some(line => line.name.toLowerCase() === name))
    .map(([name, value]) => ({ name, value }))
  return shownInRequest([...own, ...set.filter(line => line.value !== '')], standard)
}

function defaultHost(decision: Decision): string {
  return decision.kind === 'serve' ? (decision.forward?.backend.replace('http://', '') ?? '') : ''
}

function describeDecision(decision: Decision): string {
  if (decision.kind === 'close') return 'closed'
  if (decision.kind === 'answer') {
    if (decision.location !== null) return `${decision.status} -> ${decision.location}`
    return decision.body === null ? `${decision.status}` : `${decision.status} ${decision.body}`
  }
  if (decision.forward === null) return `${decision.status ?? 404}`
  const status = decision.status === null || decision.status === 200 ? '' : ` as ${decision.status}`
  return `backend ${decision.forward.target}${status}`
}
