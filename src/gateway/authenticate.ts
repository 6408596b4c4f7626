/** Who is asking: a user of the route's htpasswd file, or nobody where the route asks nobody. */
import { RequestError } from '../errors/request-error.js'
import { basicChallenge, parseBasicCredentials } from '../http/authorization-header.js'
import type { Route } from '../routes/model.js'
import type { Exchange } from './exchange.js'
import type { Identity } from './identity.js'

/** What the gate knows of users; server/start.ts puts files and threads behind it. */
export interface Authenticator {
  /** Whether there is a user of this name: for the log alone, never for an answer. */
  knows(usersFile: string, name: string): boolean
  /** Whether this pair has been proved before and still holds; answers at once. */
  isProved(usersFile: string, name: string, password: string): boolean
  /**
   * @param address of the client: wrong passwords are counted for it
   * @throws RequestError 'busy' where too many passwords wait to be checked, 'too-many-wrong-passwords' where too many were
   * wrong, 'users-unavailable' where the file cannot be read
   */
  verify(usersFile: string, name: string, password: string, address: string): Promise<boolean>
}

/**
 * @param authentication whose passwords count; null where the route asks nobody
 * @param realm shown by clients when they ask for a password; null where the route asks nobody after all
 * @throws RequestError 401 with exactly one challenge (two of them confuse docker)
 */
export async function authenticate(
  users: Authenticator,
  authentication: Route['authentication'],
  realm: string | null,
  exchange: Pick<Exchange, 'request' | 'address' | 'claimedUser'>,
): Promise<Identity> {
  if (authentication === null || realm === null) return { kind: 'nobody' }
  const challenge = { 'WWW-Authenticate': basicChallenge(realm) }
  const credentials = parseBasicCredentials(exchange.request.headers.authorization)
  if (credentials === null) throw new RequestError('credentials-required', { headers: challenge })
  const { name, password } = credentials
  const { usersFile } = authentication
  const user: Identity = { kind: 'user', name, grants: null }
  if (users.isProved(usersFile, name, password.reveal())) return user
  // Before it is checked: a login that is refused without a check has its line in the audit log as well.
  if (users.knows(usersFile, name)) exchange.claimedUser = name
  if (await users.verify(usersFile, name, password.reveal(), exchange.address)) return user
  throw new RequestError('credentials-wrong', { headers: challenge })
}
