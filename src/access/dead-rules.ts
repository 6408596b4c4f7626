/**
 * Finds rules and groups that can never have an effect. They are valid, but probably not what their author intended.
 */
import type { Problem } from '../errors/problem.js'
import { isGeneral, namesOf } from './compile-policy.js'
import type { AccessAction, Policy, Rule, Who } from './model.js'
import { compilePattern, coversPattern, mayOverlap } from './pattern.js'

/** The users that can log in, and the file that lists them. */
export interface KnownUsers {
  readonly names: ReadonlySet<string>
  /** `auth/htpasswd` */
  readonly file: string
}

/** @param users null if they are not known yet */
export function findDeadRules(policy: Policy, users: KnownUsers | null): readonly Problem[] {
  const denials = policy.rules.filter(rule => rule.effect === 'deny')
  return policy.rules.flatMap(rule => [
    ...rule.who.flatMap(who => (users === null ? [] : unknownUsers(who, rule, policy, users))),
    ...(rule.effect === 'may' ? [...fullyDenied(rule, denials, policy), ...pushWithoutPull(rule, policy)] : []),
  ])
}

function unknownUsers(who: Who, { where }: Rule, { groups }: Policy, { names, file }: KnownUsers): Problem[] {
  if (who.kind === 'user' && !names.has(who.name)) {
    const hint = groups.has(who.name)
      ? `did you mean group:${who.name}?`
      : `add the user, or take the name out of the rule`
    return [{ where, message: `there is no user "${who.name}" in ${file}`, hint }]
  }
  if (who.kind !== 'group') return []
  const members = namesOf(who, groups)
  const missing = members.filter(name => !names.has(name))
  if (missing.length === 0) return []
  const hint = 'add them, or take them out of the group'
  const list = missing.map(name => `"${name}"`).join(', ')
  if (missing.length < members.length)
    return [{ where, message: `group ${who.name} has users that are not in ${file}: ${list}`, hint }]
  return [{ where, message: `group ${who.name} has no user that is in ${file}: ${list}`, hint }]
}

/** Reports a rule only if a denial certainly covers every combination of user, pattern and action in it. */
function fullyDenied(rule: Rule, denials: readonly Rule[], policy: Policy): Problem[] {
  const places = new Set<string>()
  for (const who of rule.who) {
    for (const pattern of rule.repositories) {
      for (const action of rule.actions) {
        const denial = denials.find(each => denies(each, who, pattern, action, policy))
        if (denial === undefined) return []
        places.add(denial.where)
      }
    }
  }
  if (places.size === 0) return []
  const message = `this rule has no effect: all of it is denied by ${[...places].join(' and ')}`
  return [{ where: rule.where, message, hint: 'take one of them out: what is denied stays denied, in any order' }]
}

function denies(denial: Rule, who: Who, pattern: string, action: AccessAction, policy: Policy): boolean {
  return (
    denial.actions.includes(action) &&
    denial.who.some(denied => coversWho(denied, who, policy)) &&
    denial.repositories.some(wide => coversPattern(compilePattern(wide), compilePattern(pattern)))
  )
}

/**
 * Reports a rule that allows a push without a pull. A push also reads (OCI distribution-spec 1.1, "Push"), so the rule
 * has no effect if no other rule can allow the pull.
 */
function pushWithoutPull(rule: Rule, policy: Policy): Problem[] {
  if (!rule.actions.some(action => action === 'push' || action === 'overwrite')) return []
  const isPullable = policy.rules.some(
    each =>
      each.effect === 'may' &&
      each.actions.includes('pull') &&
      each.who.some(a => rule.who.some(b => mayShareUser(a, b, policy))) &&
      each.repositories.some(a => rule.repositories.some(b => mayOverlap(compilePattern(a), compilePattern(b)))),
  )
  if (isPullable) return []
  const message = `this rule allows no push: a push needs pull as well, and no rule allows pull here`
  return [{ where: rule.where, message, hint: `add pull to it: may: [pull, ${rule.actions.join(', ')}]` }]
}

/** Whether a user can match both. */
function mayShareUser(a: Who, b: Who, { groups }: Policy): boolean {
  if (isGeneral(a) || isGeneral(b)) return true
  const names = namesOf(a, groups)
  return namesOf(b, groups).some(name => names.includes(name))
}

/** Whether `wide` includes every user that `narrow` includes. */
function coversWho(wide: Who, narrow: Who, { groups }: Policy): boolean {
  if (wide.kind === 'anonymous') return true
  if (narrow.kind === 'anonymous') return false
  if (wide.kind === 'users') return true
  if (narrow.kind === 'users') return false
  const denied = namesOf(wide, groups)
  return namesOf(narrow, groups).every(name => denied.includes(name))
}
