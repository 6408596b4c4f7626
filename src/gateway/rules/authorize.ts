/** May they: every operation is judged by the rules as they are now, whatever a token says. */
import type { CompiledPolicy } from '../../access/compile-policy.js'
import { decide } from '../../access/decide.js'
import { explainVerdict } from '../../access/explain.js'
import type { AccessAction } from '../../access/model.js'
import { RequestError } from '../../errors/request-error.js'
import { readTarget } from '../../http/canonical-path.js'
import { type Operation, rowOf } from '../../registry-api/operation.js'
import type { RequestView } from '../../routes/model.js'
import { userOf } from '../login/principal.js'
import type { Asker } from '../model.js'
import type { RegistryRequest } from '../registry-request.js'
import { readPairs } from './query-parameters.js'
import { operationRefused } from './refuse-operation.js'
import { withoutDeniedMount } from './upload-query.js'

/**
 * @param policy null where everybody who gets in may do everything
 * @returns the path as it may be sent: without a mount from where the user may not pull, or that no scope can name
 * @throws RequestError 403, or in token mode 401; 400 for a query that registries read in different ways
 */
export function authorize(
  policy: CompiledPolicy | null,
  asker: Asker,
  path: RegistryRequest,
  view: Pick<RequestView, 'target'>,
): RegistryRequest {
  const { operation } = path
  if (rowOf(operation)?.query === 'strict') readPairs(path.query)
  if (policy === null) {
    // A source that no scope can name is in no token.
    const isBound = asker.principal.kind !== 'nobody' && asker.principal.grants !== null
    return isBound && rowOf(operation)?.upload === 'start' ? withoutDeniedMount(path, () => true) : path
  }
  if (operation === null) {
    // What a configuration makes of a registry path may be one again on the other side; nothing is known of what it means there.
    if (readTarget(view.target)?.isRegistry === false) return path
    throw new RequestError('denied', { message: 'access rules cannot judge what this location makes of the path' })
  }
  if (operation.kind === 'refused') throw operationRefused(operation)
  if (operation.repository === null) return path
  const user = userOf(asker.principal)
  for (const action of neededActions(policy, user, operation))
    requireAction(policy, asker, operation.repository, action)
  if (rowOf(operation)?.upload !== 'start') return path
  return withoutDeniedMount(path, source => decide(policy, user, source, 'pull').allowed)
}

type RepositoryOperation = Extract<Operation, { repository: string }>

/** Whether a manifest is a push or an overwrite shows its tag (registry-rules.ts); who may do neither is refused before the body. */
function neededActions(
  policy: CompiledPolicy,
  user: string | null,
  { kind, repository, actions }: RepositoryOperation,
): readonly AccessAction[] {
  const mayOverwrite = kind === 'put-manifest' && decide(policy, user, repository, 'overwrite').allowed
  return actions.filter(action => !(mayOverwrite && action === 'push'))
}

/**
 * @param tag null where the whole repository is meant
 * @throws RequestError that names who, what, which repository and, where one denies it, which rule
 */
export function requireAction(
  policy: CompiledPolicy,
  { principal, scheme }: Asker,
  repository: string,
  action: AccessAction,
  tag: string | null = null,
): void {
  const user = userOf(principal)
  const verdict = decide(policy, user, repository, action)
  if (verdict.allowed) return
  const message = explainVerdict(user, action, tag === null ? repository : `${repository}:${tag}`, verdict)
  const named = { user, action, repository, ...(tag === null ? {} : { tag }) }
  const detail = verdict.rule === null ? named : { ...named, rule: verdict.rule.where }
  if (scheme?.kind !== 'token') throw new RequestError('denied', { message, detail })
  const headers = scheme.challenge('insufficient_scope', message)
  throw new RequestError('denied-by-challenge', { message, detail, headers })
}
