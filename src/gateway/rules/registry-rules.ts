/**
 * The rules of `access` and `immutable` for one request, in the form that every answerer asks them in. To add a rule,
 * add it here. (decision R3)
 */
import { immutableBy, inRepository } from '../../access/immutable.js'
import type { ImmutableTags } from '../../access/model.js'
import { visibleRepositories } from '../../access/visible-repositories.js'
import { RequestError } from '../../errors/request-error.js'
import { noRules, type RegistryRules, type RepositoryRules } from '../../registry-api/rules.js'
import { userOf } from '../login/principal.js'
import type { Asker, AuthorizedRequest, Gateway } from '../model.js'
import type { RequestContext } from '../request-context.js'
import { requireAction } from './authorize.js'
import { runExpensive } from './expensive-requests.js'

type Rules = Pick<Gateway, 'access' | 'immutable'>

/** @param request whose rights count, and how a refusal tells them */
export function registryRules(rules: Rules, context: RequestContext, request: AuthorizedRequest): RegistryRules {
  const { access } = rules
  const { principal } = request
  const kind = request.registryRequest.operation?.kind ?? 'unknown'
  return {
    visible: access === null ? noRules.visible : visibleRepositories(access, userOf(principal)),
    in: repository => repositoryRules(rules, request, repository),
    runExpensive: work => runExpensive(context, principal, kind, work),
  }
}

function repositoryRules({ access, immutable }: Rules, asker: Asker, repository: string): RepositoryRules {
  // Prepared once for all tags of the repository.
  let immutableAs: ReturnType<typeof immutableBy> | null = null
  const keeps = (tag: string): ImmutableTags | null => {
    immutableAs ??= immutableBy(immutable, repository)
    return immutableAs(tag)
  }
  const mayRefuseRemoval = (tag: string | null) =>
    tag === null ? inRepository(immutable, repository).length > 0 : keeps(tag) !== null
  const requireMutable = (tag: string) => {
    const rule = keeps(tag)
    if (rule === null) return
    throw new RequestError('tag-immutable', {
      message: `tag ${tag} of ${repository} is immutable: "${rule.text}" in ${rule.where}`,
      detail: { repository, tag, pattern: rule.text, rule: rule.where },
    })
  }
  return {
    mayRefusePush: tag => access !== null || mayRefuseRemoval(tag),
    judgePush(tag, before, digest) {
      // The same digest again moves nothing.
      const moves = before !== null && before !== digest
      if (access !== null) requireAction(access, asker, repository, moves ? 'overwrite' : 'push', tag)
      if (tag !== null && moves) requireMutable(tag)
    },
    mayRefuseRemoval,
    judgeRemoval: requireMutable,
  }
}
