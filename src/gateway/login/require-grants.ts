/** Holds a token to what it grants, whatever its user may do beyond that. */
import { RequestError } from '../../errors/request-error.js'
import { covers } from '../../token/grant.js'
import type { JudgedPath } from '../registry-request.js'
import { operationRefused } from '../rules/refuse-operation.js'
import type { Login } from './auth-scheme.js'
import { neededScopes } from './needed-scopes.js'
import type { Identity } from './principal.js'

/** @throws RequestError 401 that asks for a token with more, or what is wrong with a path that nothing can be granted for */
export function requireGrants(identity: Identity, login: Login | null, path: JudgedPath): void {
  if (login === null || identity.kind === 'nobody' || identity.grants === null) return
  const { operation } = path
  if (operation?.kind === 'refused') throw operationRefused(operation)
  if (covers(identity.grants, neededScopes(path))) return
  throw new RequestError('scope-insufficient', { headers: login.challenge('insufficient_scope') })
}
