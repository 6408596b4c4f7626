/** Puts a verdict into words: user, action, repository and rule. */
import type { Verdict } from './decide.js'
import type { AccessAction } from './model.js'

/**
 * `tea may push team/app (portcullis.yaml:7)`, `anonymous may not pull team/app: no rule allows it`. The text tells the
 * client only what its own request says, and the place of the rule.
 * @param user null for anonymous
 */
export function explainVerdict(user: string | null, action: AccessAction, object: string, verdict: Verdict): string {
  const { allowed, rule } = verdict
  const who = user ?? 'anonymous'
  if (allowed) return `${who} may ${action} ${object}${rule === null ? '' : ` (${rule.where})`}`
  return `${who} may not ${action} ${object}: ${rule === null ? 'no rule allows it' : `denied by ${rule.where}`}`
}
