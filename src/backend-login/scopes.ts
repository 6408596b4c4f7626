/** What a token of the backend has to cover for an operation: scopes of the Docker token specification. */
import { isRepositoryName } from '../registry-api/names.js'
import type { Operation, Refused } from '../registry-api/operation.js'

/**
 * `repository:team/app:pull,push`, `registry:catalog:*`; none for a version check, and for what has no meaning that is known.
 * @param query as it is sent: a mount needs to pull from the repository that it names (`from`)
 */
export function scopesOf(operation: Operation | Refused | null, query: string): string[] {
  if (operation === null || operation.kind === 'refused' || operation.kind === 'version-check') return []
  if (operation.kind === 'catalog') return ['registry:catalog:*']
  const { kind, repository, actions } = operation
  // distribution wants delete for a cancelled upload, others want push: what is asked for too much is not granted.
  const asked = kind === 'cancel-upload' ? [...actions, 'delete'] : actions
  const own = `repository:${repository}:${asked.join()}`
  const source = kind === 'start-upload' ? new URLSearchParams(query).get('from') : null
  return source === null || !isRepositoryName(source) ? [own] : [own, `repository:${source}:pull`]
}
