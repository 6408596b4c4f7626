/** May this user do this to this repository, and which rule says so. */
import { type CompiledPolicy, rulesFor } from './compile-policy.js'
import type { AccessAction, Rule } from './model.js'
import { matchesPattern, nameOf } from './pattern.js'

export interface Verdict {
  readonly allowed: boolean
  /** The rule that denies or, where none does, the one that allows: of several the first one by place. null: no rule allows it. */
  readonly rule: Rule | null
}

/**
 * Allowed when some rule allows it and none denies it; the order of the rules does not matter.
 * @param user null for somebody who has not logged in
 */
export function decide(policy: CompiledPolicy, user: string | null, repository: string, action: AccessAction): Verdict {
  const name = nameOf(repository)
  let allowing: Rule | null = null
  for (const { rule, patterns, actions } of rulesFor(policy, user)) {
    if (allowing !== null && rule.effect === 'may') continue
    if (!actions.has(action) || !patterns.some(pattern => matchesPattern(pattern, name))) continue
    if (rule.effect === 'deny') return { allowed: false, rule }
    allowing = rule
  }
  return { allowed: allowing !== null, rule: allowing }
}
