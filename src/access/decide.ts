/** Decides whether a user may perform an action on a repository, and names the deciding rule. (decision A2) */
import { type CompiledPolicy, rulesFor } from './compile-policy.js'
import type { AccessAction, Rule } from './model.js'
import { matchesPattern, segmentsOf } from './pattern.js'

export interface AccessVerdict {
  readonly allowed: boolean
  /**
   * The denying rule, or else the allowing rule; the first one by place if there are several. null: no rule allows it.
   */
  readonly rule: Rule | null
}

/**
 * An action is allowed if a rule allows it and no rule denies it. The order of the rules does not matter.
 * @param user null for anonymous
 */
export function decide(
  policy: CompiledPolicy,
  user: string | null,
  repository: string,
  action: AccessAction,
): AccessVerdict {
  const name = segmentsOf(repository)
  let allowing: Rule | null = null
  for (const { rule, patterns, actions } of rulesFor(policy, user)) {
    if (allowing !== null && rule.effect === 'may') continue
    if (!actions.has(action) || !patterns.some(pattern => matchesPattern(pattern, name))) continue
    if (rule.effect === 'deny') return { allowed: false, rule }
    allowing = rule
  }
  return { allowed: allowing !== null, rule: allowing }
}
