/** Prepares a policy for quick decisions: for each user the rules that hold for them, in the order of their places. */
import type { AccessAction, Policy, Rule, Who } from './model.js'
import { compilePattern, type Pattern } from './pattern.js'

export interface CompiledRule {
  readonly rule: Rule
  readonly patterns: readonly Pattern[]
  readonly actions: ReadonlySet<AccessAction>
}

/** A decision looks at the rules that hold for one user, however many repositories there are. */
export interface CompiledPolicy {
  readonly anonymous: readonly CompiledRule[]
  /** For everybody who has logged in and has no list of their own. */
  readonly users: readonly CompiledRule[]
  readonly byName: ReadonlyMap<string, readonly CompiledRule[]>
}

/** The order of the rules does not matter: they are sorted by their places. */
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

/** The rules that hold for a user, or with null for somebody who has not logged in; always the same list. */
export const rulesFor = ({ anonymous, users, byName }: CompiledPolicy, user: string | null): readonly CompiledRule[] =>
  user === null ? anonymous : (byName.get(user) ?? users)

/** Whether something is allowed without a login: then clients have to be told how they may log in all the same. */
export function allowsAnonymous({ rules }: Policy): boolean {
  return rules.some(rule => rule.effect === 'may' && rule.who.some(who => who.kind === 'anonymous'))
}

/** Whether it means people without naming them. */
export const isGeneral = (who: Who) => who.kind === 'anonymous' || who.kind === 'users'

/** The users that a rule names, by themselves or as a group. */
export function namesOf(who: Who, groups: Policy['groups']): readonly string[] {
  if (who.kind === 'user') return [who.name]
  return who.kind === 'group' ? (groups.get(who.name) ?? []) : []
}

const numeric = new Intl.Collator('en', { numeric: true })

/** `portcullis.yaml:7` before `portcullis.yaml:12`; rules of one line by what they say. */
function byPlace(a: Rule, b: Rule): number {
  return numeric.compare(a.where, b.where) || compareTexts(JSON.stringify(a), JSON.stringify(b))
}

const compareTexts = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
