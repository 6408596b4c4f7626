/** Who may do what: what a rule allows and none denies, whatever the order. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { allowsAnonymous, compilePolicy } from '../../src/access/compile-policy.js'
import { decide } from '../../src/access/decide.js'
import { type AccessAction, accessActions, type Policy, type Rule, type Who } from '../../src/access/model.js'
import { compilePattern, matchesPattern, segmentsOf } from '../../src/access/pattern.js'

const groups = new Map([
  ['admins', ['tea']],
  ['team', ['ann', 'bob']],
  ['empty', []],
])

const whoOf = (text: string): Who => {
  if (text === 'anonymous' || text === 'users') return { kind: text }
  return text.startsWith('group:') ? { kind: 'group', name: text.slice(6) } : { kind: 'user', name: text }
}

/** `ci, group:team | team/** | may pull push` */
function policyOf(...lines: readonly string[]): Policy {
  const rules = lines.map((line, index): Rule => {
    const [who = '', repositories = '', says = ''] = line.split('|').map(part => part.trim())
    const [effect, ...actions] = says.split(' ')
    return {
      who: who.split(', ').map(whoOf),
      repositories: repositories.split(', '),
      effect: effect === 'deny' ? 'deny' : 'may',
      actions: accessActions.filter(action => actions.includes(action)),
      where: `portcullis.yaml:${index + 1}`,
    }
  })
  return { rules, groups }
}

const example = policyOf(
  'anonymous | base/** | may pull',
  'ci | team/** | may pull push',
  'group:admins | ** | may pull push overwrite delete',
  'intern, group:team | team/** | may pull push',
  'intern | team/secret/** | deny push overwrite delete',
  'users | shared/* | may pull',
)

describe('the example of the documentation', () => {
  it.each([
    ['anonymous', 'pull', 'base/alpine', 'allowed by 1'],
    ['anonymous', 'push', 'base/alpine', 'no rule'],
    ['anonymous', 'pull', 'team/app', 'no rule'],
    ['anonymous', 'pull', 'shared/app', 'no rule'],
    ['ci', 'pull', 'base/alpine', 'allowed by 1'],
    ['ci', 'push', 'team/app', 'allowed by 2'],
    ['ci', 'overwrite', 'team/app', 'no rule'],
    ['ci', 'push', 'team', 'allowed by 2'],
    ['ci', 'push', 'teams/app', 'no rule'],
    ['ci', 'pull', 'shared/app', 'allowed by 6'],
    ['tea', 'delete', 'team/secret/app', 'allowed by 3'],
    ['tea', 'pull', 'base/alpine', 'allowed by 1'],
    ['ann', 'push', 'team/app', 'allowed by 4'],
    ['ann', 'push', 'team/secret/app', 'allowed by 4'],
    ['intern', 'push', 'team/app', 'allowed by 4'],
    ['intern', 'push', 'team/secret/app', 'denied by 5'],
    ['intern', 'push', 'team/secret', 'denied by 5'],
    ['intern', 'pull', 'team/secret/app', 'allowed by 4'],
    ['somebody', 'pull', 'base/alpine', 'allowed by 1'],
    ['somebody', 'pull', 'shared/app', 'allowed by 6'],
    ['somebody', 'pull', 'team/app', 'no rule'],
    ['__proto__', 'pull', 'team/app', 'no rule'],
    ['group:admins', 'pull', 'team/app', 'no rule'],
  ] as const)('%s %s %s: %s', (user, action, repository, expected) => {
    const { allowed, rule } = decide(compilePolicy(example), user === 'anonymous' ? null : user, repository, action)
    const line = rule?.where.split(':')[1]
    expect(rule === null ? 'no rule' : `${allowed ? 'allowed' : 'denied'} by ${line}`).toBe(expected)
  })

  it('allows something to anonymous', () => expect(allowsAnonymous(example)).toBe(true))
})

describe('a rule for anonymous', () => {
  it('that denies holds for everybody', () => {
    const policy = compilePolicy(policyOf('users | ** | may pull', 'anonymous | secret/** | deny pull'))
    expect(decide(policy, 'ann', 'secret/app', 'pull').allowed).toBe(false)
    expect(decide(policy, 'ann', 'app', 'pull').allowed).toBe(true)
  })

  it('that denies opens nothing', () => {
    expect(allowsAnonymous(policyOf('users | ** | may pull', 'anonymous | secret/** | deny pull'))).toBe(false)
  })
})

it('without a rule nothing is allowed', () => {
  expect(decide(compilePolicy({ rules: [], groups }), 'tea', 'app', 'pull')).toEqual({ allowed: false, rule: null })
})

it('of several rules the first one of the file is named, as a person counts lines', () => {
  const rule = (line: number): Rule => ({
    who: [{ kind: 'users' }],
    repositories: ['**'],
    effect: 'may',
    actions: ['pull'],
    where: `portcullis.yaml:${line}`,
  })
  const policy = compilePolicy({ rules: [rule(12), rule(9), rule(100)], groups })
  expect(decide(policy, 'ann', 'app', 'pull').rule?.where).toBe('portcullis.yaml:9')
})

const names = ['ann', 'bob', 'tea', 'eve']
const anyAction = fc.constantFrom<AccessAction>(...accessActions)
const anyRule = (effect: fc.Arbitrary<Rule['effect']>): fc.Arbitrary<Rule> =>
  fc.record({
    who: fc.uniqueArray(fc.constantFrom(...['anonymous', 'users', 'group:team', 'group:empty', ...names].map(whoOf)), {
      minLength: 1,
      maxLength: 2,
    }),
    repositories: fc.array(fc.constantFrom('**', 'a', 'a/*', 'a/**', 'a/b', '*', 'a/b*', '**/b'), {
      minLength: 1,
      maxLength: 2,
    }),
    effect,
    actions: fc.uniqueArray(anyAction, { minLength: 1 }),
    where: fc.nat({ max: 20 }).map(line => `portcullis.yaml:${line}`),
  })
const anyRules = fc.array(anyRule(fc.constantFrom('may', 'deny')), { maxLength: 8 })
const question = fc.record({
  user: fc.option(fc.constantFrom(...names), { nil: null }),
  repository: fc.constantFrom('a', 'b', 'a/b', 'a/bc', 'a/b/c', 'c/b'),
  action: anyAction,
})
type Question = { readonly user: string | null; readonly repository: string; readonly action: AccessAction }
const ask = (rules: readonly Rule[], { user, repository, action }: Question) =>
  decide(compilePolicy({ rules, groups }), user, repository, action)

/** The definition, word for word. */
function concerns(rule: Rule, { user, repository, action }: Question): boolean {
  const holds = rule.who.some(who => {
    if (who.kind === 'anonymous') return true
    if (who.kind === 'users') return user !== null
    return user !== null && (who.kind === 'user' ? [who.name] : (groups.get(who.name) ?? [])).includes(user)
  })
  const isMeant = rule.repositories.some(each => matchesPattern(compilePattern(each), segmentsOf(repository)))
  return holds && isMeant && rule.actions.includes(action)
}

describe('for any rules', () => {
  it('allowed is what some rule allows and none denies, and the rule named is one of them', () => {
    const seen = new Set<string>()
    fc.assert(
      fc.property(anyRules, question, (rules, asked) => {
        const { allowed, rule } = ask(rules, asked)
        const concerned = rules.filter(each => concerns(each, asked))
        const denying = concerned.filter(each => each.effect === 'deny')
        const allowing = concerned.filter(each => each.effect === 'may')
        expect(allowed).toBe(denying.length === 0 && allowing.length > 0)
        const named = denying.length > 0 ? denying : allowing
        if (named.length === 0) expect(rule).toBeNull()
        else expect(rule !== null && named.includes(rule)).toBe(true)
        seen.add(`${allowed} ${rule === null}`)
      }),
      { numRuns: 2_000 },
    )
    expect([...seen].sort()).toEqual(['false false', 'false true', 'true false'])
  })

  it('the order of rules never matters, neither for the answer nor for the rule that is named', () => {
    const shuffled = anyRules.chain(rules =>
      fc.record({ rules: fc.constant(rules), other: fc.shuffledSubarray(rules, { minLength: rules.length }) }),
    )
    fc.assert(
      fc.property(shuffled, question, ({ rules, other }, asked) => {
        expect(ask(other, asked)).toEqual(ask(rules, asked))
      }),
      { numRuns: 2_000 },
    )
  })

  it('one more rule that denies never allows more', () => {
    fc.assert(
      fc.property(anyRules, anyRule(fc.constant('deny')), question, (rules, denial, asked) => {
        if (ask([...rules, denial], asked).allowed) expect(ask(rules, asked).allowed).toBe(true)
      }),
      { numRuns: 2_000 },
    )
  })

  it('what is allowed to anonymous is allowed to everybody whom no rule denies it', () => {
    fc.assert(
      fc.property(anyRules, question, (rules, asked) => {
        const { allowed } = ask(
          rules.filter(rule => rule.effect === 'may'),
          { ...asked, user: null },
        )
        if (allowed)
          expect(
            ask(
              rules.filter(rule => rule.effect === 'may'),
              asked,
            ).allowed,
          ).toBe(true)
      }),
      { numRuns: 1_000 },
    )
  })
})
