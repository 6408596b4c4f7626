/** The regular expressions of a configuration: what they find, and which of them backtracking is needed for. */
import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { compileRegex, isLinear, match } from '../../src/routes/regex.js'

const regex = (source: string, ignoreCase = false) => ({ source, ignoreCase })
const found = (source: string, text: string, ignoreCase = false) => match(compileRegex(regex(source, ignoreCase)), text)

/** Characters, one or several of them, and groups in which each way has at least one. */
const character = fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', '\\d', '\\w', '\\.', '\\/')
const repeated = fc
  .tuple(character, fc.constantFrom('', '', '*', '+', '?', '*?', '+?', '??', '{2}', '{1,2}', '{1,}'))
  .map(parts => parts.join(''))
const way = fc.tuple(character, fc.array(repeated, { maxLength: 2 })).map(([first, others]) => first + others.join(''))
const ways = fc.array(way, { minLength: 1, maxLength: 3 }).map(all => all.join('|'))
const part = fc.oneof(
  repeated,
  ways.map(inner => `(${inner})`),
  fc.tuple(ways, fc.constantFrom('', '?', '+', '*', '+?')).map(([inner, how]) => `(?:${inner})${how}`),
)
const expression = fc
  .tuple(fc.constantFrom('', '^'), fc.array(part, { minLength: 1, maxLength: 4 }), fc.constantFrom('', '$', '\\b'))
  .map(([begin, parts, end]) => begin + parts.join('') + end)
const text = fc.string({ unit: fc.constantFrom(...'aAbB1./ \xe9'), maxLength: 12 })

test('without backtracking they find what they find with it', () => {
  fc.assert(
    fc.property(expression, text, fc.boolean(), (source, where, ignoreCase) => {
      expect(isLinear(regex(source, ignoreCase))).toBe(true)
      const native = new RegExp(source, ignoreCase ? 'i' : '').exec(where)
      const expected = native === null ? undefined : Array.from(native, group => group ?? '')
      expect(found(source, where, ignoreCase)?.captures).toEqual(expected)
    }),
    { numRuns: 1000 },
  )
})

describe('what nginx says of them holds:', () => {
  it.each([
    ['^/v2/(?<Name>.+)/tags/(list)$', '/v2/team/app/tags/list', ['team/app', 'list'], { name: 'team/app' }],
    ['a(x)?(?<y>b)?', 'a', ['', ''], { y: '' }],
    ['(a|ab)(c|bcd)(d*)', 'abcd', ['a', 'bcd', ''], {}],
    ['^\u00fc(.)$', '\xc3\xbcx', ['x'], {}],
    ['^(?!/private/)(/.+)$', '/public', ['/public'], {}],
    ['(?<=/)(b)(?<!a)$', '/b', ['b'], {}],
    ['^(.+)/\\1$', 'a/a', ['a'], {}],
  ])('%s in %s', (source, where, groups, named) => {
    const matched = found(source, where)
    expect(matched?.captures.slice(1)).toEqual(groups)
    expect(Object.fromEntries(matched?.named.map(each => [each.variable, each.value]) ?? [])).toEqual(named)
  })

  it.each([
    ['^/private', '/public'],
    ['a$', 'a\n'],
    ['^A$', 'a'],
    ['(?<=/)b', 'ab'],
    ['^(.+)/\\1$', 'a/b'],
  ])('%s is not in %j', (source, where) => expect(found(source, where)).toBeNull())
})

test.each([
  ['(a+)+$', true],
  ['^/v2/(.*)/manifests/(.*)$', true],
  ['(?<!a)b', true],
  ['a(?=b)', false],
  ['(?!a)', false],
  ['(a)\\1', false],
  ['a{2000}', false],
])('%s needs no backtracking: %s', (source, linear) => expect(isLinear(regex(source))).toBe(linear))
