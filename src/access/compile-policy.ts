/** Compiles a policy for fast decisions: it sorts the rules by place and looks up the rules of each user once. */
import type { AccessAction, Policy, Rule, Who } from './model.js'
import { compilePattern, type Pattern } from './pattern.js'

export interface CompiledRule {
  readonly rule: Rule
  readonly patterns: readonly Pattern[]
  readonly actions: ReadonlySet<AccessAction>
}

/** The cost of a decision grows with the number of rules for one user, not with the number of repositories. */
export interface CompiledPolicy {
  readonly anonymous: readonly CompiledRule[]
  /** The rules of each logged-in user who has no entry in `byName`. */
  readonly users: readonly CompiledRule[]
  readonly byName: ReadonlyMap<string, readonly CompiledRule[]>
}

/** Compiles a policy. The result does not depend on the order of the rules: they are sorted by their places. */
export function compilePolicy({ rules, groups }: Policy): CompiledPolicy {
  const sorted = rules.toSorted(byPlace).map(rule => ({
    rule,
    patterns: rule.repositories.map(compilePattern),
    actions: new Set(rule.actions),
  }))
  const named = new Set(rules.flatMap(rule => rule.who.flatMap(who => namesOf(who, groups))))
  const rulesOf = (holds: (who: Who) => boolean) => sorted.filter(({ rule }) => rule.who.some(holds))
  return {
    anonymous: rulesOf(who => who.kind === 'anonymous'),
    users: rulesOf(isGeneral),
    byName: new Map(
      [...named].map(name => [name, rulesOf(who => isGeneral(who) || namesOf(who, groups).includes(name))]),
    ),
  }
}

/**
 * The rules that apply to a user; `null` means anonymous. Equal results are the same array, so it can serve as a cache
 * key.
 */
export const rulesFor = ({ anonymous, users, byName }: CompiledPolicy, user: string | null): readonly CompiledRule[] =>
  user === null ? anonymous : (byName.get(user) ?? users)

/** Whether a rule allows something without a login. Then clients must be told separately how to log in. */
export function allowsAnonymous({ rules }: Policy): boolean {
  return rules.some(rule => rule.effect === 'may' && rule.who.some(who => who.kind === 'anonymous'))
}

/** Whether it names no single user or group: `anonymous` and `users`. */
export const isGeneral = (who: Who) => who.kind === 'anonymous' || who.kind === 'users'

/** The users that a rule names, directly or as members of a group. */
export function namesOf(who: Who, groups: Policy['groups']): readonly string[] {
  if (who.kind === 'user') return [who.name]
  return who.kind === 'group' ? (groups.get(who.name) ?? []) : []
}

const numeric = new Intl.Collator('en', { numeric: true })

/** Sorts `portcullis.yaml:7` before `portcullis.yaml:12`, and rules of the same line by their content. */
function byPlace(a: Rule, b: Rule): number {
  return numeric.compare(a.where, b.where) || compareTexts(JSON.stringify(a), JSON.stringify(b))
}

const compareTexts = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
