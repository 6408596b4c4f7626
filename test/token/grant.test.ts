/** What is granted of what was asked for. */
import { describe, expect, test } from 'vitest'
import { covers, grantScopes, type May } from '../../src/token/grant.js'
import { parseScopes, scopeText } from '../../src/token/scope.js'

/** `name action`, one per line. */
const allowing = (...allowed: readonly string[]): May => {
  const known = new Set(allowed)
  return (_, name, action) => known.has(`${name} ${action}`)
}

describe('a token grants', () => {
  test.each([
    ['all that is allowed', 'repository:a:pull,push', ['a pull', 'a push'], 'repository:a:pull,push'],
    ['less than was asked for', 'repository:a:pull,push', ['a pull'], 'repository:a:pull'],
    ['nothing', 'repository:a:pull,push', [], ''],
    ['only what was asked for', 'repository:a:pull', ['a pull', 'a push', 'b pull'], 'repository:a:pull'],
    ['something of several', 'repository:a:pull repository:b:pull', ['b pull'], 'repository:b:pull'],
    ['each action for all of them', 'repository:a:*', ['a pull', 'a delete'], 'repository:a:pull,delete'],
    ['the catalog', 'registry:catalog:*', ['catalog *'], 'registry:catalog:*'],
    ['not the catalog', 'registry:catalog:*', ['catalog pull'], ''],
  ])('%s', (_, asked, allowed, granted) => {
    expect(scopeText(grantScopes(parseScopes([asked]), allowing(...allowed)))).toBe(granted)
  })

  test('by the type of what is asked for', () => {
    const may: May = type => type === 'registry'
    const asked = parseScopes(['registry:catalog:* repository:catalog:pull'])
    expect(scopeText(grantScopes(asked, may))).toBe('registry:catalog:*')
  })
})

describe('a token for', () => {
  test.each([
    ['repository:a:pull', '', true],
    ['', '', true],
    ['repository:a:pull', 'repository:a:pull', true],
    ['repository:a:pull', 'repository:a:push', false],
    ['repository:a:pull', 'repository:a:pull,push', false],
    ['repository:a:pull,push', 'repository:a:push', true],
    ['repository:a:*', 'repository:a:pull,push,delete', true],
    ['repository:a:pull', 'repository:a:*', false],
    ['repository:a:pull', 'repository:a/b:pull', false],
    ['repository:a:pull,push repository:b:pull', 'repository:a:push repository:b:pull', true],
    ['repository:a:pull,push', 'repository:a:push repository:b:pull', false],
    ['repository:catalog:*', 'registry:catalog:*', false],
    ['', 'repository:a:pull', false],
  ])('"%s" is enough for "%s": %s', (granted, needed, enough) => {
    expect(covers(parseScopes([granted]), parseScopes([needed]))).toBe(enough)
  })
})
