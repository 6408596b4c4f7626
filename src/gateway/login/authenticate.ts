/** Finds the principal of a request: a user by password or by token, an anonymous client, or no one where the route asks for no login. */
import type { IncomingMessage } from 'node:http'
import { RequestError } from '../../errors/request-error.js'
import { type BasicCredentials, parseBasicCredentials, parseBearerToken } from '../../http/authorization-header.js'
import { rowOf } from '../../registry-api/operation.js'
import { grantScopes } from '../../token/grant.js'
import type { Verified } from '../../token/key-ring.js'
import { uploadGrace } from '../../token/rotation.js'
import type { AuthScheme, Gateway } from '../model.js'
import type { RegistryRequest } from '../registry-request.js'
import type { RequestContext } from '../request-context.js'
import { neededScopes } from './needed-scopes.js'
import type { Principal } from './principal.js'

type Means = Pick<Gateway, 'users' | 'tokens' | 'permit'>
type Client = Pick<RequestContext, 'address' | 'claimedUser'> & { readonly request: Pick<IncomingMessage, 'headers'> }

/**
 * A password and a token are taken alike, whatever the challenge is.
 * @param scheme null where the route asks for no login
 * @throws RequestError 401 with the challenge of the scheme
 */
export async function authenticate(
  means: Means,
  scheme: AuthScheme | null,
  path: RegistryRequest,
  context: Client,
): Promise<Principal> {
  if (scheme === null) return { kind: 'nobody' }
  const { authorization } = context.request.headers
  const token = path.operation === null ? null : parseBearerToken(authorization)
  if (token !== null) return fromToken(means, scheme, path, await means.tokens.verify(token.reveal()))
  const credentials = parseBasicCredentials(authorization)
  if (credentials === null) {
    if (authorization === undefined && mayGoWithout(means, scheme, path)) return { kind: 'anonymous', grants: null }
    throw new RequestError('credentials-required', { headers: scheme.challenge(null) })
  }
  if (await checkPassword(means, scheme.usersFile, credentials, context))
    return { kind: 'user', name: credentials.name, grants: null }
  throw new RequestError('credentials-wrong', { headers: scheme.challenge(null) })
}

/**
 * Whether a name and a password belong together; context.claimedUser tells whose they are said to be.
 * @throws what UserSource.check throws
 */
export async function checkPassword(
  { users }: Pick<Means, 'users'>,
  usersFile: string,
  { name, password }: BasicCredentials,
  context: Client,
): Promise<boolean> {
  if (users.isProved(usersFile, name, password.reveal(), context.address)) return true
  // Before it is checked: a login that is refused without a check has its line in the audit log as well.
  if (users.find(usersFile, name) !== null) context.claimedUser = name
  return users.check(usersFile, name, password.reveal(), context.address)
}

/**
 * `/v2/` and the catalog are never open: docker decides by the answer to `/v2/` whether it logs in at all. A repository is, for what
 * everybody may do there.
 */
function mayGoWithout({ permit }: Means, { kind, rulesMayOpen }: AuthScheme, path: RegistryRequest): boolean {
  const needed = neededScopes(path).filter(({ type }) => type === 'repository')
  const may = permit(null)
  return (
    kind === 'token' &&
    rulesMayOpen &&
    needed.length > 0 &&
    needed.every(({ type, name, actions }) => actions.every(action => may(type, name, action)))
  )
}

/** The user of a token must be unchanged: one who was removed, or has a new password, is refused at once. */
function fromToken(
  { users, tokens, permit }: Means,
  scheme: AuthScheme,
  path: RegistryRequest,
  verified: Verified,
): Principal {
  if (verified.kind !== 'invalid' && (verified.kind === 'valid' || isUploadInTime(path, verified.expiredAt))) {
    const { user, access: grants, entry: before } = verified.claims
    if (user === null) {
      // Rules may have been taken out since, and without rules an anonymous client may do nothing.
      if (scheme.rulesMayOpen) return { kind: 'anonymous', grants: grantScopes(grants, permit(null)) }
      throw new RequestError('scope-insufficient', { headers: scheme.challenge('insufficient_scope') })
    }
    const entry = users.find(scheme.usersFile, user)
    if (entry !== null && tokens.fingerprint(entry) === before) return { kind: 'user', name: user, grants }
  }
  throw new RequestError('token-invalid', { headers: scheme.challenge('invalid_token') })
}

/** Clients do not renew a token in the middle of an upload, and a layer may take hours. */
function isUploadInTime({ operation }: RegistryRequest, expiredAt: number): boolean {
  return rowOf(operation)?.upload === 'continue' && Date.now() - expiredAt <= uploadGrace
}
