/** Answers that come from the gate itself: what a configuration says in words (`return`), refusals, and their error pages. */
import { STATUS_CODES } from 'node:http'
import { RequestError } from '../errors/request-error.js'
import type { HeaderLine } from '../http/header-line.js'
import type { Events } from '../observe/events.js'
import { errorBody } from '../registry-api/error-body.js'
import type { CompiledServer } from '../routes/compile.js'
import { headersForResponse } from '../routes/headers.js'
import { type AnswerDecision, type Decision, errorPageFor } from '../routes/route-request.js'
import type { Variables } from '../routes/variables.js'
import { serveFile } from './answerers/files.js'
import type { RequestContext } from './request-context.js'
import { apiVersion, type OwnAnswer, refusal, respond } from './respond.js'

/** Where a request has arrived in the configuration. */
export interface Place {
  readonly server: CompiledServer
  readonly variables: Variables
  readonly decision: Decision
}

/** `return` of a configuration: a text, a redirect, a bare status, or 444, which closes the connection. */
export function answerConfigured(context: RequestContext, place: Place): void {
  const { decision } = place
  if (decision.kind === 'close') context.response.destroy()
  if (decision.kind !== 'answer') return
  if (!decision.route.accessLog) context.access = 'off'
  respond(context.request, context.response, configuredAnswer(decision), placeHeaders(place, decision.status))
}

function configuredAnswer({ status, location, body }: AnswerDecision): OwnAnswer {
  if (location !== null) return { status, headers: [{ name: 'Location', value: location }], body: '' }
  if (body !== null) return { status, headers: [{ name: 'Content-Type', value: 'text/plain' }], body }
  if (status < 400) return { status, headers: [], body: '' }
  // A registry client can read this one, unlike a page in HTML.
  const message = STATUS_CODES[status]?.toLowerCase() ?? `status ${status}`
  const code =
    status === 401 ? 'UNAUTHORIZED' : status === 403 ? 'DENIED' : status >= 500 ? 'UNAVAILABLE' : 'UNSUPPORTED'
  return {
    status,
    headers: [{ name: 'Content-Type', value: 'application/json; charset=utf-8' }, apiVersion],
    body: errorBody({ code, message, detail: null }),
  }
}

/** A refusal in the registry's own words, or the page that the configuration has for its status. */
export function answerRefusal(events: Events, context: RequestContext, place: Place | null, error: unknown): void {
  if (context.isBroken) return
  context.error = error
  if (!(error instanceof RequestError)) events.requestFailed(error)
  const answer = refusal(error)
  if (place === null) return respond(context.request, context.response, answer)
  const page = errorPageFor(place.server, place.decision, answer.status, place.variables)
  if (page === null) return respond(context.request, context.response, answer, placeHeaders(place, answer.status))
  showPage(context, { ...place, decision: page }, answer)
}

/** A page is a text, a redirect or a file that asks nobody for a password; anything else leaves the refusal as it is. */
function showPage(context: RequestContext, page: Place, answer: OwnAnswer): void {
  const { request, response } = context
  const { decision } = page
  // The client still has to be told how to log in, whatever the page looks like.
  const challenge = answer.headers.filter(line => line.name === 'WWW-Authenticate')
  if (decision.kind === 'answer') {
    return respond(request, response, configuredAnswer(decision), [
      ...challenge,
      ...placeHeaders(page, decision.status),
    ])
  }
  const extra = placeHeaders(page, answer.status)
  if (decision.kind !== 'serve' || decision.route.content.kind !== 'files' || decision.route.authentication !== null)
    return respond(request, response, answer, extra)
  const { root, index } = decision.route.content
  const added = [...challenge, ...extra]
  response.statusCode = decision.status ?? 200
  for (const { name, value } of added) response.setHeader(name, value)
  serveFile(request, response, root, decision.uri, index).catch(() => {
    for (const { name } of added) response.removeHeader(name)
    respond(request, response, answer, extra)
  })
}

function placeHeaders({ decision, variables }: Place, status: number): readonly HeaderLine[] {
  return decision.kind === 'close' ? [] : headersForResponse(decision, variables, status, [])
}
