/** Who is asking: a user by password or by token, somebody without a login, or nobody where the route asks nobody. */
import type { IncomingMessage } from 'node:http'
import { RequestError } from '../errors/request-error.js'
import type { UserEntry } from '../htpasswd/users.js'
import { type BasicCredentials, parseBasicCredentials, parseBearerToken } from '../http/authorization-header.js'
import { rowOf } from '../registry-api/operation.js'
import { grantScopes } from '../token/grant.js'
import type { Verified } from '../token/key-ring.js'
import { uploadGrace } from '../token/rotation.js'
import type { Exchange } from './exchange.js'
import type { Gateway } from './handle-request.js'
import type { Identity } from './identity.js'
import type { JudgedPath } from './judge-path.js'
import type { Login } from './login.js'
import { neededScopes } from './needed-scopes.js'

/** What the gate knows of users; server/worker/shared-users.ts puts files and threads behind it. */
export interface Authenticator {
  /** The line of a user as it stands in the file now; null where there is none. */
  entryOf(usersFile: string, name: string): UserEntry | null
  /**
   * Whether this pair has been proved before and still holds, and whoever is at this address has shown so; answers at once. From another
   * address it may be a guess like any other.
   */
  isProved(usersFile: string, name: string, password: string, address: string): boolean
  /**
   * @param address of the client: wrong passwords are counted for it
   * @throws RequestError 'busy' where too many passwords wait to be checked, 'too-many-wrong-passwords' where too many were
   * wrong, 'users-unavailable' where the file cannot be read
   */
  verify(usersFile: string, name: string, password: string, address: string): Promise<boolean>
}

type Means = Pick<Gateway, 'users' | 'tokens' | 'permit'>
type Asker = Pick<Exchange, 'address' | 'claimedUser'> & { readonly request: Pick<IncomingMessage, 'headers'> }

/**
 * A password and a token are taken alike, whatever the challenge is.
 * @param login null where the route asks nobody
 * @throws RequestError 401 with the challenge of the login
 */
export async function authenticate(
  means: Means,
  login: Login | null,
  path: JudgedPath,
  exchange: Asker,
): Promise<Identity> {
  if (login === null) return { kind: 'nobody' }
  const { authorization } = exchange.request.headers
  const token = path.operation === null ? null : parseBearerToken(authorization)
  if (token !== null) return fromToken(means, login, path, await means.tokens.verify(token.reveal()))
  const credentials = parseBasicCredentials(authorization)
  if (credentials === null) {
    if (authorization === undefined && mayGoWithout(means, login, path)) return { kind: 'anonymous', grants: null }
    throw new RequestError('credentials-required', { headers: login.challenge(null) })
  }
  if (await isRight(means, login.usersFile, credentials, exchange))
    return { kind: 'user', name: credentials.name, grants: null }
  throw new RequestError('credentials-wrong', { headers: login.challenge(null) })
}

/**
 * Whether a name and a password belong together; exchange.claimedUser tells whose they are said to be.
 * @throws what Authenticator.verify throws
 */
export async function isRight(
  { users }: Pick<Means, 'users'>,
  usersFile: string,
  { name, password }: BasicCredentials,
  exchange: Asker,
): Promise<boolean> {
  if (users.isProved(usersFile, name, password.reveal(), exchange.address)) return true
  // Before it is checked: a login that is refused without a check has its line in the audit log as well.
  if (users.entryOf(usersFile, name) !== null) exchange.claimedUser = name
  return users.verify(usersFile, name, password.reveal(), exchange.address)
}

/**
 * `/v2/` and the catalog are never open: docker decides by the answer to `/v2/` whether it logs in at all. A repository is, for what
 * everybody may do there.
 */
function mayGoWithout({ permit }: Means, { kind, rulesMayOpen }: Login, path: JudgedPath): boolean {
  const needed = neededScopes(path).filter(({ type }) => type === 'repository')
  const may = permit(null)
  return (
    kind === 'token' &&
    rulesMayOpen &&
    needed.length > 0 &&
    needed.every(({ type, name, actions }) => actions.every(action => may(type, name, action)))
  )
}

/** Whoever a token names must still be who they were: a user who was removed, or whose password changed, is refused at once. */
function fromToken({ users, tokens, permit }: Means, login: Login, path: JudgedPath, verified: Verified): Identity {
  if (verified.kind !== 'invalid' && (verified.kind === 'valid' || isUploadInTime(path, verified.expiredAt))) {
    const { user, access: grants, entry: before } = verified.claims
    if (user === null) {
      // Rules may have been taken out since, and without them nobody does anything without a login.
      if (login.rulesMayOpen) return { kind: 'anonymous', grants: grantScopes(grants, permit(null)) }
      throw new RequestError('scope-insufficient', { headers: login.challenge('insufficient_scope') })
    }
    const entry = users.entryOf(login.usersFile, user)
    if (entry !== null && tokens.fingerprint(entry) === before) return { kind: 'user', name: user, grants }
  }
  throw new RequestError('token-invalid', { headers: login.challenge('invalid_token') })
}

/** Clients do not renew a token in the middle of an upload, and a layer may take hours. */
function isUploadInTime({ operation }: JudgedPath, expiredAt: number): boolean {
  return rowOf(operation)?.upload === 'continue' && Date.now() - expiredAt <= uploadGrace
}
