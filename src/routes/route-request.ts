/** Routes a request: returns the configuration's own response, or the route that serves it. */
import { backendTarget, type Forward } from './backend-target.js'
import { fromBytes } from './bytes.js'
import type { CompiledPlace, CompiledServer } from './compile.js'
import { findLocation } from './find-location.js'
import type { ErrorPage, RequestView, Route, Template } from './model.js'
import { type Outcome, runSteps } from './rewrite.js'
import { evaluate } from './template.js'
import type { Variables } from './variables.js'

export type Decision = AnswerDecision | ServeDecision | CloseDecision

/**
 * A response from the configuration (`return`, `rewrite ... redirect`). It precedes the password check, as in nginx.
 */
export interface AnswerDecision {
  readonly kind: 'answer'
  readonly route: Route
  readonly status: number
  /** The Location header of a redirect, often without scheme and host. */
  readonly location: string | null
  /** null: no text is configured. */
  readonly body: string | null
}

/** The route's content serves the request after the password check. */
export interface ServeDecision {
  readonly kind: 'serve'
  readonly route: Route
  /** Decoded and normalized, or rewritten; each character is one byte. */
  readonly uri: string
  /** Differs from the request's own method after a jump to an error page. */
  readonly method: string
  /** The status that an error page sets on the response; null for the response's own status. */
  readonly status: number | null
  /** null if the content is not forwarded. */
  readonly forward: Forward | null
}

/** nginx's `return 444`: the connection is closed without an answer. */
export interface CloseDecision {
  readonly kind: 'close'
  readonly route: Route
}

/**
 * Runs the server's steps, the search for a location, and the location's steps. It also applies error pages for
 * statuses that the configuration itself returns; for later statuses see errorPageFor.
 */
export function routeRequest(server: CompiledServer, _view: RequestView, variables: Variables): Decision {
  if (variables.state.malformed) return special(server, 400, server.place.route, variables)
  return fromServer(server, variables)
}

/** The configured error page for a status that the gate itself returns (401, 413, 502 ...); null if there is none. */
export function errorPageFor(
  server: CompiledServer,
  decision: Decision,
  status: number,
  variables: Variables,
): Decision | null {
  return errorPage(server, status, decision.route, variables)
}

function fromServer(server: CompiledServer, variables: Variables): Decision {
  variables.state.uriChanged = false
  const outcome = runSteps(server.place.steps, server.place.route, variables)
  if (outcome.kind !== 'done') return finish(server, outcome, variables)
  return fromSearch(server, variables)
}

function fromSearch(server: CompiledServer, variables: Variables): Decision {
  const { state } = variables
  state.uriChanged = false
  const { kind, place } = findLocation(server.place, state.uri, variables)
  if (kind === 'slash') {
    const location = `${state.uri}/${state.args === '' ? '' : `?${state.args}`}`
    return special(server, 301, place.route, variables, location)
  }
  // The steps of the server block have already run.
  if (place === server.place) return serve(server, place.route, variables)
  return fromPlace(server, place, variables)
}

function fromPlace(server: CompiledServer, place: CompiledPlace, variables: Variables): Decision {
  const { state } = variables
  const outcome = runSteps(place.steps, place.route, variables)
  if (outcome.kind !== 'done') return finish(server, outcome, variables)
  if (!state.uriChanged) return serve(server, outcome.route, variables)
  state.changesLeft--
  if (state.changesLeft === 0) return special(server, 500, server.place.route, variables)
  return fromSearch(server, variables)
}

function serve(server: CompiledServer, route: Route, variables: Variables): Decision {
  const { state } = variables
  const { content } = route
  const forward = content.kind === 'forward' ? backendTarget(content, variables) : null
  if (typeof forward === 'number') return special(server, forward, route, variables)
  return { kind: 'serve', route, uri: state.uri, method: state.method, status: state.fixedStatus, forward }
}

const redirects = new Set([301, 302, 303, 307, 308])

function finish(server: CompiledServer, outcome: Exclude<Outcome, { kind: 'done' }>, variables: Variables): Decision {
  const { route, status } = outcome
  if (outcome.kind === 'redirect') return special(server, status, route, variables, outcome.location)
  if (outcome.kind === 'failed') return special(server, status, route, variables)
  if (status === 444) return { kind: 'close', route }
  const { fixedStatus } = variables.state
  // The text may contain $status.
  variables.state.answer = { status: fixedStatus ?? status, headers: [] }
  const text = outcome.text === null ? '' : evaluate(outcome.text, variables)
  if (redirects.has(status)) return special(server, status, route, variables, text)
  const isText = outcome.text !== null && !isEmpty(outcome.text)
  if (status < 400 || isText) {
    return {
      kind: 'answer',
      route,
      status: fixedStatus ?? status,
      location: null,
      body: isText ? fromBytes(text) : null,
    }
  }
  return special(server, fixedStatus ?? status, route, variables)
}

function isEmpty(template: Template): boolean {
  return template.every(part => part === '')
}

/** A response that may have a configured error page (ngx_http_special_response_handler). */
function special(
  server: CompiledServer,
  status: number,
  route: Route,
  variables: Variables,
  location: string | null = null,
): Decision {
  const page = errorPage(server, status, route, variables)
  if (page !== null) return page
  if (status === 444) return { kind: 'close', route }
  return { kind: 'answer', route, status, location: location === null ? null : headerSafe(location), body: null }
}

function errorPage(server: CompiledServer, status: number, route: Route, variables: Variables): Decision | null {
  const { state } = variables
  const page = route.errorPages.find(each => each.statuses.includes(status))
  if (page === undefined || state.errorPageShown || state.changesLeft === 0) return null
  state.errorPageShown = true
  state.fixedStatus = page.answer === 'of-page' ? null : (page.answer ?? status)
  const target = evaluate(page.target, variables)
  if (target.startsWith('@')) return jumpToNamed(server, target, route, variables)
  if (target.startsWith('/')) return jumpToPath(server, target, route, variables)
  return { kind: 'answer', route, status: redirectStatus(page), location: headerSafe(target), body: null }
}

function redirectStatus({ answer }: ErrorPage): number {
  return typeof answer === 'number' && redirects.has(answer) ? answer : 302
}

function jumpToNamed(server: CompiledServer, name: string, route: Route, variables: Variables): Decision {
  const { state } = variables
  const place = server.named.get(name)
  state.changesLeft--
  if (place === undefined || state.changesLeft === 0) return special(server, 500, route, variables)
  state.internal = true
  state.uriChanged = false
  return fromPlace(server, place, variables)
}

function jumpToPath(server: CompiledServer, target: string, route: Route, variables: Variables): Decision {
  const { state } = variables
  state.changesLeft--
  if (state.changesLeft === 0) return special(server, 500, route, variables)
  const mark = target.indexOf('?')
  state.uri = mark < 0 ? target : target.slice(0, mark)
  state.args = mark < 0 ? '' : target.slice(mark + 1)
  if (state.method !== 'HEAD') state.method = 'GET'
  state.internal = true
  state.targetIsValid = false
  state.prefixIsValid = true
  return fromServer(server, variables)
}

/** Escapes control characters: a decoded path comes from the client and must not start another header. */
function headerSafe(location: string): string {
  return location.replace(
    /[\0-\x20\x7f]/g,
    char => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  )
}
