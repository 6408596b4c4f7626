/** What a catalog shows: the same as each decision, and where it need not even look. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compilePolicy } from '../../src/access/compile-policy.js'
import { decide } from '../../src/access/decide.js'
import type { AccessAction, Rule } from '../../src/access/model.js'
import { visibleRepositories } from '../../src/access/visible-repositories.js'

const ruleOf = (
  effect: Rule['effect'],
  repositories: readonly string[],
  actions: readonly AccessAction[],
  line = 1,
) => ({
  who: [{ kind: 'users' } as const],
  repositories,
  effect,
  actions,
  where: `portcullis.yaml:${line}`,
})
const policyOf = (...rules: readonly Rule[]) => compilePolicy({ rules, groups: new Map() })

describe('below a folder is visible at most', () => {
  const nothing: readonly string[] = []
  it.each<[string, string, string, 'any' | readonly string[]]>([
    ['team/app', '', '', ['team']],
    ['team/app', '', 'team', ['app']],
    ['team/app', '', 'team/app', nothing],
    ['team/app', '', 'other', nothing],
    ['team/app base/os one', '', '', ['team', 'base', 'one']],
    ['team/**', '', '', ['team']],
    ['team/**', '', 'team', 'any'],
    ['team/**', '', 'team/app/sub', 'any'],
    ['team/**', '', 'teams', nothing],
    ['team/*', '', 'team', 'any'],
    ['team/*', '', 'team/app', nothing],
    ['team/*/sub', '', 'team/app', ['sub']],
    ['te*/app', '', '', 'any'],
    ['te*/app', '', 'team', ['app']],
    ['te*/app', '', 'base', nothing],
    ['**/app', '', '', 'any'],
    ['**/app', '', 'x/y', 'any'],
    ['team/**/app', '', 'team', 'any'],
    ['**', '**', '', nothing],
    ['**', 'team/**', '', 'any'],
    ['**', 'team/**', 'team', nothing],
    ['**', 'team/**', 'team/app', nothing],
    ['**', 'team/*', 'team', 'any'],
    ['**', 'team', 'team', 'any'],
    ['**', '**/secret/**', 'team', 'any'],
    ['**', '**/secret/**', 'team/secret', nothing],
    ['**', '**/secret/**', 'team/secret/x', nothing],
    ['team/app', 'team/*', 'team', ['app']],
  ])('may %s, deny %s: %j -> %j', (may, deny, folder, expected) => {
    const denials = deny === '' ? [] : [ruleOf('deny', deny.split(' '), ['pull'])]
    const visible = visibleRepositories(policyOf(ruleOf('may', may.split(' '), ['pull']), ...denials), 'tea')
    const below = visible.below(folder)
    expect(below === 'any' ? below : [...below]).toEqual(expected)
  })
})

it('is prepared once for all who have the same rules', () => {
  const policy = policyOf(ruleOf('may', ['**'], ['pull']))
  expect(visibleRepositories(policy, 'tea')).toBe(visibleRepositories(policy, 'ci'))
  expect(visibleRepositories(policy, 'tea')).not.toBe(visibleRepositories(policy, null))
})

/** From few letters, so that names and patterns meet often. */
const name = fc
  .array(fc.stringMatching(/^[ab]{1,2}$/), { minLength: 1, maxLength: 4 })
  .map(segments => segments.join('/'))
const pattern = fc
  .array(
    fc.oneof(
      fc.constant('**'),
      fc.stringMatching(/^[ab*]{1,3}$/).filter(text => !text.includes('**')),
    ),
    { minLength: 1, maxLength: 4 },
  )
  .map(segments => segments.join('/'))
const rule = fc
  .record({
    effect: fc.constantFrom('may', 'may', 'deny') as fc.Arbitrary<Rule['effect']>,
    repositories: fc.array(pattern, { minLength: 1, maxLength: 3 }),
    actions: fc.constantFrom<readonly AccessAction[]>(['pull'], ['pull', 'push'], ['push']),
  })
  .map(({ effect, repositories, actions }) => ruleOf(effect, repositories, actions))

describe('for any rules and names', () => {
  it('shows what decide allows, and finds it on the way from the first segment', () => {
    let shown = 0
    fc.assert(
      fc.property(fc.array(rule, { minLength: 1, maxLength: 6 }), fc.array(name, { minLength: 8 }), (rules, names) => {
        const policy = policyOf(...rules)
        const visible = visibleRepositories(policy, 'tea')
        for (const each of names) {
          const expected = decide(policy, 'tea', each, 'pull').allowed
          expect(visible.shows(each)).toBe(expected)
          if (!expected) continue
          shown++
          const segments = each.split('/')
          for (const [depth, segment] of segments.entries()) {
            const below = visible.below(segments.slice(0, depth).join('/'))
            expect(below === 'any' || below.has(segment)).toBe(true)
          }
        }
      }),
      { numRuns: 1_000 },
    )
    expect(shown).toBeGreaterThan(500)
  })
})
