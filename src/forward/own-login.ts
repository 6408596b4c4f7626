/** Sends a request with the gate's own login at the backend, and once more with another one where the first is refused. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { HeaderLine } from '../http/header-line.js'
import { hasBody, LoginRefused } from './faults.js'

/** What the gate itself says to the backend instead of its client. */
export interface OwnLogin {
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
 * @param send one attempt, with the headers that the request has at that time. @throws LoginRefused
 * @throws what `login` throws and gives: a client never hears of the 401, which is about a password that it does not know
 */
export async function sendLoggedIn<Result>(
  login: OwnLogin,
  request: IncomingMessage,
  response: ServerResponse,
  send: () => Promise<Result>,
): Promise<Result | 'broken'> {
  const { authorization: usual } = request.headers
  const lasting = hasBody(request)
  const sendWith = async (authorization: string | null): Promise<Result | Error> => {
    request.headers.authorization = authorization ?? usual
    if (request.headers.authorization === undefined) delete request.headers.authorization
    try {
      return await send()
    } catch (error) {
      if (!(error instanceof LoginRefused)) throw error
      return login.refused(authorization, error.challenges)
    }
  }
  const first = await login.authorization(lasting)
  if (response.destroyed) return 'broken'
  const outcome = await sendWith(first)
  if (!(outcome instanceof Error)) return outcome
  if (lasting) throw outcome
  const other = await login.authorization(lasting)
  if (response.destroyed) return 'broken'
  if (other === first) throw outcome
  const again = await sendWith(other)
  if (again instanceof Error) throw again
  return again
}

/** What a backend says to whom it knows, and that is the gate: its challenge, and cookies with which a session begins. */
const addressedToGate = new Set(['www-authenticate', 'set-cookie', 'authentication-info'])

/** The headers that are for the client. */
export const withoutLogin = (headers: readonly HeaderLine[]): readonly HeaderLine[] =>
  headers.filter(({ name }) => !addressedToGate.has(name.toLowerCase()))
