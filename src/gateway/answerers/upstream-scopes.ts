/** What the gate's own token for the backend has to cover, request by request. */
import { rowOf } from '../../registry-api/operation.js'
import { scopeText } from '../../token/scope.js'
import { neededScopes } from '../login/needed-scopes.js'
import type { RegistryRequest } from '../registry-request.js'

/** `repository:team/app:pull,push`, `registry:catalog:*`; none for a version check, and for what has no meaning that is known. */
export function upstreamScopes(path: Pick<RegistryRequest, 'operation' | 'query'>): readonly string[] {
  const cancels = rowOf(path.operation)?.effect === 'abandon'
  return neededScopes(path).map(scope =>
    // distribution wants delete for a cancelled upload, others want push: what is asked for too much is not granted.
    scopeText([cancels ? { ...scope, actions: [...scope.actions, 'delete'] } : scope]),
  )
}
