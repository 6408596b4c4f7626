/** Request-targets, normalized and escaped as by nginx. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { escapeUri, normalizeTarget } from '../../src/routes/uri.js'

describe('a request-target', () => {
  it.each([
    ['/', '/'],
    ['/a//b///c', '/a/b/c'],
    ['/a/./b/../c', '/a/c'],
    ['/a/..', '/'],
    ['/a/.', '/a/'],
    ['/a/...', '/a/...'],
    ['/a/%2e%2e/b', '/b'],
    ['/a%2f%2fb', '/a/b'],
    ['/%252e', '/%2e'],
    ['/a%3fb', '/a?b'],
    ['/a?b=//../c', '/a'],
    ['/a#b', '/a'],
  ])('%s is %s', (target, uri) => {
    expect(normalizeTarget(target)?.uri).toBe(uri)
  })

  it.each(['', 'a', '*', '/..', '/a/../..', '/%', '/%2', '/%zz', '/%00', '/a/%2e%2e/%2e%2e'])(
    '%j is malformed',
    target => {
      expect(normalizeTarget(target)).toBeNull()
    },
  )

  it('keeps its arguments as they came', () => {
    expect(normalizeTarget('/a?b=%2F&c?d#e')?.args).toBe('b=%2F&c?d')
  })

  const path = fc.string({ unit: fc.constantFrom('/', '.', 'a', '%', '2', 'e', 'f', '5', '?') }).map(text => `/${text}`)

  it('never leaves the root, and has no empty and no dot segments', () => {
    fc.assert(
      fc.property(path, target => {
        const uri = normalizeTarget(target)?.uri
        if (uri === undefined) return
        expect(uri.startsWith('/')).toBe(true)
        expect(uri.slice(1).split('/').slice(0, -1)).not.toContain('')
        expect(uri.split('/')).not.toContain('..')
        expect(uri.split('/')).not.toContain('.')
      }),
      { numRuns: 2000 },
    )
  })

  it('is the same again once it is escaped', () => {
    fc.assert(
      fc.property(path, target => {
        const uri = normalizeTarget(target)?.uri
        if (uri !== undefined) expect(normalizeTarget(escapeUri(uri))?.uri).toBe(uri)
      }),
      { numRuns: 2000 },
    )
  })
})
