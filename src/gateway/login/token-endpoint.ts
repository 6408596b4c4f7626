/** The token service of the gate: `/auth/token` by GET and by POST, and the public keys for registries that check tokens themselves. */
import { RequestError } from '../../errors/request-error.js'
import { basicChallenge, parseBasicCredentials } from '../../http/authorization-header.js'
import type { HeaderLine } from '../../http/header-line.js'
import type { CompiledListener, CompiledServer } from '../../routes/compile.js'
import type { RequestView } from '../../routes/model.js'
import { grantScopes } from '../../token/grant.js'
import { tokenAnswer } from '../../token/token-answer.js'
import { parseTokenForm, parseTokenQuery, type TokenRequest } from '../../token/token-request.js'
import type { User } from '../../users/user-source.js'
import type { Gateway } from '../model.js'
import { answerToOptions, readMethods } from '../own-methods.js'
import type { RequestContext } from '../request-context.js'
import { respond } from '../respond.js'
import { checkPassword } from './authenticate.js'
import { publicOrigin } from './public-names.js'
import { readForm } from './read-form.js'
import { type TokenService, tokenPath, tokenServiceOf } from './token-service.js'
import type { TokenMode } from './tokens.js'

/** What is asked of it. */
export interface TokenQuestion extends TokenService {
  readonly kind: 'token' | 'keys'
  readonly mode: TokenMode
  readonly view: RequestView
}

const kinds: ReadonlyMap<string, TokenQuestion['kind']> = new Map([
  [tokenPath, 'token'],
  [`${tokenPath}/`, 'token'],
  ['/auth/jwks.json', 'keys'],
])

/**
 * Whether a request is for the token service, which goes before every location. null as well where there is none: in basic mode, and
 * where the registry of this server asks nobody.
 */
export function tokenQuestionOf(
  mode: TokenMode | null,
  view: RequestView,
  server: CompiledServer,
): TokenQuestion | null {
  const kind = kinds.get(view.target.split('?', 1)[0] ?? '')
  if (kind === undefined || mode === null) return null
  const service = tokenServiceOf(view, server)
  return service === null ? null : { kind, mode, view, ...service }
}

/** @throws RequestError 400 for what is no token request or is for another service, 401 for a wrong login, 405, 421 as publicOrigin does */
export async function answerTokenQuestion(
  gateway: Gateway,
  listener: CompiledListener,
  context: RequestContext,
  question: TokenQuestion,
  proceed: () => void,
): Promise<void> {
  context.operation = 'token'
  // Refusals as well.
  context.response.setHeader('Cache-Control', 'no-store')
  const { method } = question.view
  const options = answerToOptions(method, question.kind === 'keys' ? readMethods : methods)
  if (options !== null) return respond(context.request, context.response, options)
  if (question.kind === 'keys') return answerJson(context, JSON.stringify(gateway.tokens.jwks()))
  publicOrigin(question.view, { listener, names: question.mode.names, trusted: gateway.trusted })
  const asked = method === 'POST' ? await readPost(context, proceed) : parseTokenQuery(queryOf(question.view))
  const { service, identity: makesIdentity } = question.mode
  if (asked.service !== null && asked.service !== '' && asked.service !== service)
    throw new RequestError('bad-request', {
      message: `the token service here is "${service}", not the one that was asked for`,
    })
  const entry = await whoAsks(gateway, context, question, asked)
  if (context.response.destroyed) return
  context.user = entry?.name ?? null
  const access = grantScopes(asked.scopes, gateway.permit(context.user))
  const claims = { user: context.user, entry: entry === null ? '' : gateway.tokens.fingerprint(entry), access }
  const issued = await gateway.tokens.issue(claims)
  const wantsIdentity = makesIdentity && asked.offline && asked.proof.kind !== 'identity' && method !== 'HEAD'
  const identityToken = wantsIdentity && entry !== null ? await gateway.tokens.makeIdentity(entry, asked.client) : null
  answerJson(context, tokenAnswer({ issued, scopes: method === 'POST' ? access : null, identityToken }))
}

const methods = ['GET', 'HEAD', 'POST', 'OPTIONS']

const queryOf = ({ target }: RequestView) => (target.includes('?') ? target.slice(target.indexOf('?') + 1) : '')

const formMs = 10_000

async function readPost({ request }: RequestContext, proceed: () => void): Promise<TokenRequest> {
  proceed()
  return parseTokenForm(request.headers['content-type'], await readForm(request, formMs))
}

/** null: anonymous. @throws RequestError 401 */
async function whoAsks(
  gateway: Gateway,
  context: RequestContext,
  { mode, usersFile, realm }: TokenQuestion,
  { proof }: TokenRequest,
): Promise<User | null> {
  const { users, tokens } = gateway
  const find = (name: string) => users.find(usersFile, name)
  const headers = { 'WWW-Authenticate': basicChallenge(realm) }
  if (proof.kind === 'identity') {
    const name = mode.identity ? await tokens.identityUser(proof.token.reveal(), find) : null
    const entry = name === null ? null : find(name)
    if (entry !== null) return entry
    const message = 'the identity token is unknown, revoked or outdated: log in again'
    throw new RequestError('credentials-wrong', { headers, message })
  }
  const { authorization } = context.request.headers
  if (proof.kind === 'header' && authorization === undefined) return null
  const credentials =
    proof.kind === 'password' ? { name: proof.user, password: proof.password } : parseBasicCredentials(authorization)
  if (credentials !== null) {
    // Before the password is checked: a user whose line changes meanwhile gets a token that is outdated already.
    const entry = find(credentials.name)
    if ((await checkPassword(gateway, usersFile, credentials, context)) && entry !== null) return entry
  }
  throw new RequestError('credentials-wrong', { headers })
}

function answerJson({ request, response }: RequestContext, body: string): void {
  const headers: HeaderLine[] = [{ name: 'Content-Type', value: 'application/json; charset=utf-8' }]
  respond(request, response, { status: 200, headers, body: `${body}\n` })
}
