/** What a route that asks for a login asks for: whose passwords count, and the challenge of a 401. */
import { basicChallenge } from '../../http/authorization-header.js'
import type { CompiledListener, CompiledServer } from '../../routes/compile.js'
import type { RequestView, Route } from '../../routes/model.js'
import { type BearerChallenge, bearerChallenge } from '../../token/challenge.js'
import type { Gateway } from '../handle-request.js'
import type { JudgedPath } from '../registry-request.js'
import { neededScopes } from './needed-scopes.js'
import { publicOrigin } from './public-names.js'
import { tokenPath, tokenServiceOf } from './token-service.js'

export interface Login {
  readonly kind: 'basic' | 'token'
  readonly usersFile: string
  readonly rulesMayOpen: boolean
  /**
   * The header of a 401, with exactly one challenge: two of them confuse docker. In token mode it names the scopes that the request needs.
   * @param description of the error, for people
   * @throws RequestError 421 in token mode where the client used a name that is not ours
   */
  challenge(error: BearerChallenge['error'], description?: string): Readonly<Record<string, string>>
}

/**
 * @param realm shown by clients when they ask for a password; null where the route asks nobody
 * @returns null where the route asks nobody
 */
export function loginOf(
  gateway: Pick<Gateway, 'tokenMode' | 'trusted'>,
  { listener, server }: { readonly listener: CompiledListener; readonly server: CompiledServer },
  view: RequestView,
  { authentication }: Route,
  realm: string | null,
  path: JudgedPath,
): Login | null {
  if (authentication === null || realm === null) return null
  const { usersFile, rulesMayOpen } = authentication
  const { tokenMode, trusted } = gateway
  if (tokenMode === null || path.operation === null || tokenServiceOf(view, server) === null)
    return { kind: 'basic', usersFile, rulesMayOpen, challenge: () => ({ 'WWW-Authenticate': basicChallenge(realm) }) }
  const { names, service } = tokenMode
  return {
    kind: 'token',
    usersFile,
    rulesMayOpen,
    challenge(error, description) {
      const origin = publicOrigin(view, { listener, names, trusted })
      const scopes = neededScopes(path)
      const realm = `${origin}${tokenPath}`
      const challenge = bearerChallenge({ realm, service, scopes, error, description: description ?? null })
      return { 'WWW-Authenticate': challenge }
    },
  }
}
