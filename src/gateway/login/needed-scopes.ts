/** Which scopes an operation needs: what a challenge asks for, and what a token has to grant. */
import { isRepositoryName } from '../../registry-api/names.js'
import { type Action, operations } from '../../registry-api/operation.js'
import type { Scope } from '../../token/model.js'
import type { RegistryRequest } from '../registry-request.js'

/** As the registry of distribution asks for them; a mount reads from another repository and asks for that, too. */
export function neededScopes({ operation, query }: Pick<RegistryRequest, 'operation' | 'query'>): readonly Scope[] {
  if (operation === null || operation.kind === 'refused') return []
  const { kind, repository, actions } = operation
  if (kind === 'catalog') return [{ type: 'registry', name: 'catalog', actions: ['*'] }]
  if (repository === null) return []
  const from = operations[kind].upload === 'start' ? mountSource(query) : null
  const own = ofRepository(repository, actions)
  return from === null || from === repository ? [own] : [own, ofRepository(from, ['pull'])]
}

const ofRepository = (name: string, actions: readonly Action[]): Scope => ({ type: 'repository', name, actions })

function mountSource(query: string): string | null {
  const parameters = new URLSearchParams(query)
  const from = parameters.get('from') ?? ''
  return parameters.has('mount') && isRepositoryName(from) ? from : null
}
