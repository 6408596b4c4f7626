/** Which names a pattern matches, which patterns can match none, and that the quick matcher agrees with a slow one. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  compilePattern,
  coversPattern,
  matchesPattern,
  mayOverlap,
  nameOf,
  patternError,
} from '../../src/access/pattern.js'
import { isRepositoryName } from '../../src/registry-api/names.js'

const matches = (pattern: string, name: string) => matchesPattern(compilePattern(pattern), nameOf(name))

describe('a pattern matches', () => {
  it.each([
    ['team/app', 'team/app', true],
    ['team/app', 'team/app2', false],
    ['team/app', 'team/app/sub', false],
    ['team/app', 'other/team/app', false],
    ['team', 'team', true],
    ['team/*', 'team/app', true],
    ['team/*', 'team', false],
    ['team/*', 'team/app/sub', false],
    ['*', 'alpine', true],
    ['*', 'library/alpine', false],
    ['*/*', 'library/alpine', true],
    ['team/**', 'team', true],
    ['team/**', 'team/app', true],
    ['team/**', 'team/app/sub/deep', true],
    ['team/**', 'teams/app', false],
    ['team/**', 'a/team/app', false],
    ['**', 'alpine', true],
    ['**', 'team/app/sub', true],
    ['**/app', 'app', true],
    ['**/app', 'team/sub/app', true],
    ['**/app', 'team/app/sub', false],
    ['team/**/app', 'team/app', true],
    ['team/**/app', 'team/a/b/app', true],
    ['team/**/app', 'team/a/b', false],
    ['team/app-*', 'team/app-web', true],
    ['team/app-*', 'team/app', false],
    ['team/app-*', 'team/app-web/sub', false],
    ['team/app*', 'team/app', true],
    ['team/*-web', 'team/app-web', true],
    ['team/a*b*c', 'team/axxbyyc', true],
    ['team/a*b*c', 'team/axxcyyb', false],
    ['**/a*/**', 'x/abc/y/z', true],
    ['**/a*/**', 'x/y/z', false],
    ['team.app', 'teamxapp', false],
  ])('%s: %s %s', (pattern, name, expected) => {
    expect(matches(pattern, name)).toBe(expected)
  })
})

describe('a pattern is refused', () => {
  it.each([
    ['team/App', 'can never match a repository', 'repository names are in lower case: team/app'],
    ['/team/app', 'can never match a repository', 'no name begins or ends with a slash or has two in a row: team/app'],
    ['team//app', 'can never match a repository', 'no name begins or ends with a slash or has two in a row: team/app'],
    ['team/', 'can never match a repository', 'no name begins or ends with a slash or has two in a row: team/**'],
    ['/', 'can never match a repository', 'no name begins or ends with a slash or has two in a row: **'],
    ['team/app:1.0', 'can never match a repository', 'rules are for repositories, without tag or digest: team/app'],
    [
      'team/app@sha256:00',
      'can never match a repository',
      'rules are for repositories, without tag or digest: team/app',
    ],
    ['registry.local:5000/team/*', 'can never match a repository', "leave the registry's address out: team/*"],
    [
      'team/[ab]',
      'can never match a repository',
      '"[" is not allowed in a repository name; the only wildcards are * and **',
    ],
    [
      'team/app?',
      'can never match a repository',
      '"?" is not allowed in a repository name; the only wildcards are * and **',
    ],
    [
      'team/%61pp',
      'can never match a repository',
      '"%" is not allowed in a repository name; the only wildcards are * and **',
    ],
    [
      'team app',
      'can never match a repository',
      '" " is not allowed in a repository name; the only wildcards are * and **',
    ],
    ['team**', 'has ** beside other characters', 'write * within a segment, and ** for whole segments: team/**'],
    ['team/***', 'has ** beside other characters', 'write * within a segment, and ** for whole segments: team/**'],
    [
      'team/-app',
      'can never match a repository',
      'each segment begins and ends with a letter or digit, with . _ __ or - between them',
    ],
    [
      'team/app-',
      'can never match a repository',
      'each segment begins and ends with a letter or digit, with . _ __ or - between them',
    ],
    [
      'team/../app',
      'can never match a repository',
      'each segment begins and ends with a letter or digit, with . _ __ or - between them',
    ],
    [
      '_catalog',
      'can never match a repository',
      'each segment begins and ends with a letter or digit, with . _ __ or - between them',
    ],
    [
      'team/a___b',
      'can never match a repository',
      'each segment begins and ends with a letter or digit, with . _ __ or - between them',
    ],
  ])('%s %s', (pattern, message, hint) => {
    expect(patternError(pattern)).toEqual({ message, hint })
  })

  it.each(['team/app', 'a', '**', '*', '*/*', 'team/**', '**/app', 'a*b', '*-web', 'x.y__z--w/a_b', 'team/*_*'])(
    '%s is none of them',
    pattern => {
      expect(patternError(pattern)).toBeNull()
    },
  )
})

/** From few letters, so that names and patterns meet often. */
const name = fc
  .array(fc.stringMatching(/^[ab]{1,3}(-[ab]{1,2})?$/), { minLength: 1, maxLength: 4 })
  .map(segments => segments.join('/'))
const pattern = fc
  .array(
    fc.oneof(
      fc.constant('**'),
      fc.stringMatching(/^[ab*]{1,4}$/).filter(text => !text.includes('**')),
    ),
    {
      minLength: 1,
      maxLength: 4,
    },
  )
  .map(segments => segments.join('/'))

/** By trying every way in which a star may be filled. */
function slowMatch(
  pattern: readonly string[],
  name: readonly string[],
  star: string,
  inner: (a: string, b: string) => boolean,
): boolean {
  const [first, ...rest] = pattern
  if (first === undefined) return name.length === 0
  if (first === star)
    return name.some((_, taken) => slowMatch(rest, name.slice(taken), star, inner)) || slowMatch(rest, [], star, inner)
  const [head, ...tail] = name
  return head !== undefined && inner(first, head) && slowMatch(rest, tail, star, inner)
}
const slowSegment = (pattern: string, segment: string) => slowMatch([...pattern], [...segment], '*', (a, b) => a === b)
const slow = (pattern: string, name: string) => slowMatch(pattern.split('/'), name.split('/'), '**', slowSegment)

describe('for any pattern and name', () => {
  it('the matcher agrees with one that tries every way', () => {
    let met = 0
    fc.assert(
      fc.property(pattern, name, (pattern, name) => {
        const expected = slow(pattern, name)
        if (expected) met++
        expect(matches(pattern, name)).toBe(expected)
      }),
      { numRuns: 5_000 },
    )
    expect(met).toBeGreaterThan(100)
  })

  it('a pattern that covers another one matches whatever that one matches', () => {
    let met = 0
    fc.assert(
      fc.property(pattern, pattern, name, (wide, narrow, name) => {
        if (!coversPattern(compilePattern(wide), compilePattern(narrow)) || !matches(narrow, name)) return
        met++
        expect(matches(wide, name)).toBe(true)
      }),
      { numRuns: 5_000 },
    )
    expect(met).toBeGreaterThan(50)
  })

  it('two patterns that match one name may meet', () => {
    let met = 0
    fc.assert(
      fc.property(pattern, pattern, name, (one, other, name) => {
        if (!matches(one, name) || !matches(other, name)) return
        met++
        expect(mayOverlap(compilePattern(one), compilePattern(other))).toBe(true)
      }),
      { numRuns: 5_000 },
    )
    expect(met).toBeGreaterThan(50)
    expect(mayOverlap(compilePattern('team/**'), compilePattern('base/**'))).toBe(false)
  })

  it('a pattern without a error matches some repository', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z0-9._*/-]{1,12}$/), pattern => {
        fc.pre(patternError(pattern) === null)
        const example = pattern.replaceAll('**', 'a').replaceAll('*', 'a')
        expect(isRepositoryName(example)).toBe(true)
        expect(matches(pattern, example)).toBe(true)
      }),
    )
  })

  it('many stars take no more than a moment', () => {
    expect(matches(`${'a*'.repeat(60)}b`, 'a'.repeat(250))).toBe(false)
    expect(matches(`${'**/a/'.repeat(30)}b`, Array.from({ length: 120 }, () => 'a').join('/'))).toBe(false)
  })
})

describe('a pattern covers another one', () => {
  it.each([
    ['**', 'team/**', true],
    ['team/**', 'team', true],
    ['team/**', 'team/*', true],
    ['team/*', 'team/**', false],
    ['team/*', 'team/app-*', true],
    ['team/app*', 'team/app-*', true],
    ['team/app-*', 'team/app*', false],
    ['team/a', 'team/*', false],
  ])('%s: %s %s', (wide, narrow, expected) => {
    expect(coversPattern(compilePattern(wide), compilePattern(narrow))).toBe(expected)
  })
})
