/** Holds a token to what it grants, whatever its user may do beyond that. */
import { RequestError } from '../../errors/request-error.js'
import { covers } from '../../token/grant.js'
import type { Asker } from '../model.js'
import type { RegistryRequest } from '../registry-request.js'
import { operationRefused } from '../rules/refuse-operation.js'
import { neededScopes } from './needed-scopes.js'

/** @throws RequestError 401 that asks for a token with more, or what is wrong with a path that nothing can be granted for */
export function requireGrants({ principal, scheme }: Asker, path: RegistryRequest): void {
  if (scheme === null || principal.kind === 'nobody' || principal.grants === null) return
  const { operation } = path
  if (operation?.kind === 'refused') throw operationRefused(operation)
  if (covers(principal.grants, neededScopes(path))) return
  throw new RequestError('scope-insufficient', { headers: scheme.challenge('insufficient_scope') })
}
