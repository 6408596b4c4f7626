/** Who is asking: a user of the route's htpasswd file, or nobody where the route asks nobody. */
import type { IncomingMessage } from 'node:http'
import { RequestError } from '../errors/request-error.js'
import { basicChallenge, parseBasicCredentials } from '../http/authorization-header.js'

/** What the gate knows of users; server/start.ts puts files and threads behind it. */
export interface Authenticator {
  /** Whether this pair has been proved before and still holds; answers at once. */
  isProved(usersFile: string, name: string, password: string): boolean
  /** @throws RequestError 'busy' where too many passwords wait to be checked, 'users-unavailable' where the file cannot be read */
  verify(usersFile: string, name: string, password: string): Promise<boolean>
}

/**
 * @param realm shown by clients when they ask for a password
 * @returns the user's name
 * @throws RequestError 401 with exactly one challenge (two of them confuse docker)
 */
export async function authenticate(
  users: Authenticator,
  usersFile: string,
  realm: string,
  request: IncomingMessage,
): Promise<string> {
  const challenge = { 'WWW-Authenticate': basicChallenge(realm) }
  const credentials = parseBasicCredentials(request.headers.authorization)
  if (credentials === null) throw new RequestError('credentials-required', { headers: challenge })
  const { name, password } = credentials
  if (users.isProved(usersFile, name, password.reveal())) return name
  if (await users.verify(usersFile, name, password.reveal())) return name
  throw new RequestError('credentials-wrong', { headers: challenge })
}
