/**
 * Tells which repositories a user may see. Prepared once per list of rules, for catalogs with many thousands of names.
 */

import type { VisibleRepositories } from '../registry-api/rules.js'
import { type CompiledPolicy, type CompiledRule, rulesFor } from './compile-policy.js'
import type { Rule } from './model.js'
import { compilePatternTrie, isMatch, isMatchForAll, nextSegments } from './pattern-trie.js'

/** Users with the same rules share an entry. The entry is collected together with the policy. */
const prepared = new WeakMap<readonly CompiledRule[], VisibleRepositories>()

/** @param user null for anonymous */
export function visibleRepositories(policy: CompiledPolicy, user: string | null): VisibleRepositories {
  const rules = rulesFor(policy, user)
  const visible = prepared.get(rules) ?? prepare(rules)
  prepared.set(rules, visible)
  return visible
}

const nothing: ReadonlySet<string> = new Set()

function prepare(rules: readonly CompiledRule[]): VisibleRepositories {
  const trieOf = (effect: Rule['effect']) =>
    compilePatternTrie(
      rules.filter(({ rule, actions }) => rule.effect === effect && actions.has('pull')).flatMap(rule => rule.patterns),
    )
  const allowed = trieOf('may')
  const denied = trieOf('deny')
  return {
    shows: repository => isMatch(allowed.after(repository)) && !isMatch(denied.after(repository)),
    below: folder => (isMatchForAll(denied.after(folder)) ? nothing : nextSegments(allowed.after(folder))),
  }
}
