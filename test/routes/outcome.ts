/** What the routing makes of one request of the table, in the words of the table. */
import { ProblemsFound } from '../../src/errors/problem.js'
import { type CompiledListener, compileListener } from '../../src/routes/compile.js'
import type { RequestView } from '../../src/routes/model.js'
import { type Decision, routeRequest } from '../../src/routes/route-request.js'
import { selectServer } from '../../src/routes/select-server.js'
import { createVariables } from '../../src/routes/variables.js'
import { settingsFromNginxConf } from '../../src/settings/from-nginx-conf.js'
import { requestHeaders } from './routing-cases.js'

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
  return describeDecision(routeRequest(server, view, createVariables(server, view)))
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
