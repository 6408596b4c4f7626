/** What a route that asks for a login asks for: whose passwords count, and the challenge of a 401. */
import { basicChallenge } from '../../http/authorization-header.js'
import type { CompiledListener, CompiledServer } from '../../routes/compile.js'
import type { RequestView, Route } from '../../routes/model.js'
import { bearerChallenge } from '../../token/challenge.js'
import type { AuthScheme, Gateway } from '../model.js'
import type { RegistryRequest } from '../registry-request.js'
import { neededScopes } from './needed-scopes.js'
import { publicOrigin } from './public-names.js'
import { tokenPath, tokenServiceOf } from './token-service.js'

/**
 * @param realm shown by clients when they ask for a password; null where the route asks nobody
 * @returns null where the route asks nobody
 */
export function authSchemeOf(
  gateway: Pick<Gateway, 'tokenMode' | 'trusted'>,
  { listener, server }: { readonly listener: CompiledListener; readonly server: CompiledServer },
  view: RequestView,
  { authentication }: Route,
  realm: string | null,
  path: RegistryRequest,
): AuthScheme | null {
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
