/** The rules of `access` and `immutable` for one request, in the form that every answerer asks them in. To add a rule, add it here. */
import type { CompiledPolicy } from '../../access/compile-policy.js'
import { decide } from '../../access/decide.js'
import { immutableBy, inRepository } from '../../access/immutable.js'
import type { ImmutableTags } from '../../access/model.js'
import { RequestError } from '../../errors/request-error.js'
import type { RegistryRules } from '../../registry-api/rules.js'
import { userOf } from '../login/principal.js'
import type { Asker, Gateway } from '../model.js'
import { requireAction } from './authorize.js'

/** @param asker whose rights count, and how a refusal tells them */
export function registryRules(
  { access, immutable }: Pick<Gateway, 'access' | 'immutable'>,
  asker: Asker,
): RegistryRules {
  const mayKeep = (repository: string, tag: string | null) =>
    tag === null ? inRepository(immutable, repository).length > 0 : immutableBy(immutable, repository, tag) !== null
  return {
    shows: shownBy(access, asker),
    mayRefuse: (repository, tag) => access !== null || mayKeep(repository, tag),
    mayRefuseRemoval: mayKeep,
    judgePush(repository, tag, before, digest) {
      // The same digest again moves nothing.
      const moves = before !== null && before !== digest
      if (access !== null) requireAction(access, asker, repository, moves ? 'overwrite' : 'push', tag)
      if (tag !== null && moves) requireMutable(immutable, repository, tag)
    },
    judgeRemoval: (repository, tag) => requireMutable(immutable, repository, tag),
  }
}

function shownBy(access: CompiledPolicy | null, { principal }: Asker): RegistryRules['shows'] {
  if (access === null) return () => true
  const user = userOf(principal)
  return repository => decide(access, user, repository, 'pull').allowed
}

/** @throws RequestError that names tag and pattern, where the tag is immutable */
function requireMutable(immutable: readonly ImmutableTags[], repository: string, tag: string): void {
  const found = immutableBy(immutable, repository, tag)
  if (found === null) return
  throw new RequestError('tag-immutable', {
    message: `tag ${tag} of ${repository} is immutable: "${found.text}" in ${found.where}`,
    detail: { repository, tag, pattern: found.text, rule: found.where },
  })
}
