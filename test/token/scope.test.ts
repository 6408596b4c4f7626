/** What scopes mean that clients ask for: distribution, docs/content/spec/auth/scope.md, and what clients send in fact. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isRepositoryName } from '../../src/registry-api/names.js'
import { parseScopes, scopeText } from '../../src/token/scope.js'

const longest = `team/${'a'.repeat(250)}`

describe('scopes', () => {
  test.each([
    ['what docker pulls with', ['repository:team/app:pull'], 'repository:team/app:pull'],
    ['what docker pushes with', ['repository:team/app:push,pull'], 'repository:team/app:push,pull'],
    [
      'a mount, as two values',
      ['repository:a:pull,push', 'repository:b:pull'],
      'repository:a:pull,push repository:b:pull',
    ],
    ['a mount, as one value', ['repository:a:pull,push repository:b:pull'], 'repository:a:pull,push repository:b:pull'],
    [
      'values and blanks mixed',
      ['repository:a:pull repository:b:pull', 'repository:c:pull'],
      'repository:a:pull repository:b:pull repository:c:pull',
    ],
    [
      'blanks at the ends and twice',
      ['  repository:a:pull   repository:b:pull '],
      'repository:a:pull repository:b:pull',
    ],
    ['the same repository again', ['repository:a:pull', 'repository:a:push,pull'], 'repository:a:pull,push'],
    ['an action twice', ['repository:a:pull,pull'], 'repository:a:pull'],
    ['every action', ['repository:a:*'], 'repository:a:*'],
    ['what crane deletes with', ['repository:a:push,pull,delete'], 'repository:a:push,pull,delete'],
    ['the catalog', ['registry:catalog:*'], 'registry:catalog:*'],
    ['a class', ['repository(plugin):a:pull'], 'repository:a:pull'],
    ['an empty class', ['repository():a:pull'], 'repository:a:pull'],
    ['the longest name', [`repository:${longest}:pull`], `repository:${longest}:pull`],
    ['a login', [], ''],
    ['an empty value', [''], ''],
  ])('%s', (_, values, text) => {
    expect(scopeText(parseScopes(values))).toBe(text)
  })

  test.each([
    'repository:a',
    'repository',
    ':',
    '::',
    '*::',
    'repository::pull',
    'repository:a:',
    'repository:a:,',
    'repository:a:read',
    'repository:a:PULL',
    'Repository:a:pull',
    'repository:A:pull',
    'repository:../etc:pull',
    'repository:a//b:pull',
    'repository:a%2fb:pull',
    'repository:registry.local:5000/a:pull',
    'repository(Plugin:a:pull',
    'repository(plugin)):a:pull',
    'registry:other:*',
    'registry:catalog:',
    'user:tea:pull',
    '__proto__:a:pull',
    `repository:${longest}a:pull`,
    'repository:a:pull\0',
    'repository:a\n:pull',
  ])('%j asks for nothing, and takes nothing from its neighbour', scope => {
    expect(scopeText(parseScopes([scope, 'repository:b:pull']))).toBe('repository:b:pull')
  })

  test('unknown actions are left out alone', () => {
    expect(scopeText(parseScopes(['repository:a:pull,read,push']))).toBe('repository:a:pull,push')
  })

  test.each([
    ['in many values', (words: readonly string[]) => words],
    ['in one value', (words: readonly string[]) => [words.join(' ')]],
  ])('%s, no more of them than a token has room for', (_, write) => {
    const short = Array.from({ length: 1000 }, (_, index) => `repository:r${index}:pull`)
    const long = Array.from({ length: 1000 }, (_, index) => `repository:${'a'.repeat(240)}${index}:*`)
    expect(parseScopes(write(short)).length).toBeGreaterThan(50)
    expect(parseScopes(write(short)).length).toBeLessThan(100)
    expect(parseScopes(write(long)).length).toBeGreaterThan(10)
    expect(parseScopes(write(long)).length).toBeLessThan(20)
  })

  test('whatever is asked for, what comes out asks for the same when it is asked again', () => {
    const word = fc.string({ unit: fc.constantFrom(...'aaaabbbb:/,A*. ()\0é'), maxLength: 12 })
    const scope = fc.tuple(fc.constantFrom('repository:', 'registry:', 'repository(plugin):', ''), word, word)
    fc.assert(
      fc.property(fc.array(scope, { maxLength: 8 }), asked => {
        const scopes = parseScopes(asked.map(([type, name, end]) => `${type}${name}:pull,${end}`))
        expect(parseScopes([scopeText(scopes)])).toEqual(scopes)
        for (const { type, name, actions } of scopes) {
          expect(type === 'registry' ? name === 'catalog' : isRepositoryName(name)).toBe(true)
          expect(actions).toContain('pull')
        }
      }),
    )
  })
})
