/**
 * Sends a request with the gate's own login at the backend, and once more with another one where the first is
 * refused. (decision E8)
 */
import type { HeaderLine } from '../http/header-line.js'
import { LoginRefused } from './errors.js'

/** What the gate itself says to the backend instead of its client. */
export interface UpstreamCredentials {
  /**
   * The Authorization to send; null where the backend asks for none.
   * @param lasting whether the request has a body, which cannot be sent a second time
   * @throws RequestError where there is none to be had
   */
  authorization(lasting: boolean): Promise<string | null>
  /** Told of a 401 and its WWW-Authenticate; gives what to say to the client, unless `authorization` now gives something else. */
  refused(sent: string | null, challenges: readonly string[]): Error
}

/**
 * @param lasting see UpstreamCredentials
 * @param send one attempt. @throws LoginRefused
 * @throws what `login` throws and gives: a client never hears of the 401, which is about a password that it does not know
 */
export async function withCredentials<Result>(
  login: UpstreamCredentials,
  lasting: boolean,
  send: (authorization: string | null) => Promise<Result>,
): Promise<Result> {
  const attempt = async (authorization: string | null): Promise<Result | Error> => {
    try {
      return await send(authorization)
    } catch (error) {
      if (!(error instanceof LoginRefused)) throw error
      return login.refused(authorization, error.challenges)
    }
  }
  const first = await login.authorization(lasting)
  const outcome = await attempt(first)
  if (!(outcome instanceof Error)) return outcome
  if (lasting) throw outcome
  const other = await login.authorization(lasting)
  if (other === first) throw outcome
  const again = await attempt(other)
  if (again instanceof Error) throw again
  return again
}

/** What a backend says to whom it knows, and that is the gate: its challenge, and cookies with which a session begins. */
const addressedToGate = new Set(['www-authenticate', 'set-cookie', 'authentication-info'])

/** The headers that are for the client. */
export const withoutLogin = (headers: readonly HeaderLine[]): readonly HeaderLine[] =>
  headers.filter(({ name }) => !addressedToGate.has(name.toLowerCase()))
