/** Which request targets mean the registry, and which spelling of them passes. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readTarget } from '../../src/http/canonical-path.js'

describe('a registry path in its canonical form', () => {
  it.each([
    ['/v2', '/v2', null],
    ['/v2/', '/v2/', null],
    ['/v2/_catalog?n=5&last=a%2Fb', '/v2/_catalog', 'n=5&last=a%2Fb'],
    ['/v2/team/app/tags/list', '/v2/team/app/tags/list', null],
    ['/v2/team/app/manifests/sha256:ab', '/v2/team/app/manifests/sha256:ab', null],
    ['/v2/team/app/manifests/sha256%3Aab', '/v2/team/app/manifests/sha256:ab', null],
    ['/v2/team/app/manifests/sha256%3aab', '/v2/team/app/manifests/sha256:ab', null],
    ['/v2/a/blobs/uploads/', '/v2/a/blobs/uploads/', null],
    ['/v2/a/blobs/uploads/0b-_.~=?_state=x%3D', '/v2/a/blobs/uploads/0b-_.~=', '_state=x%3D'],
    ['/v2/?', '/v2/', ''],
    ['/v2/a?b?c', '/v2/a', 'b?c'],
    ['/v2/...', '/v2/...', null],
    ['/v2/a..b/tags/list', '/v2/a..b/tags/list', null],
  ])('%s', (target, path, query) => {
    expect(readTarget(target)).toEqual({ path, query, isRegistry: true })
  })
})

describe('a registry path in another spelling is refused', () => {
  it.each([
    '//v2/',
    '/v2//a',
    '/v2/a//b',
    '/./v2/',
    '/v2/./a',
    '/v2/a/.',
    '/v2/a/../b',
    '/x/../v2/',
    '/v2/..',
    '/v2/../debug',
    '/v2/secret/..%2f../x',
    '/../v2/',
    '/x/../../v2/',
    '/v2/a/%2e%2e/b',
    '/v2/a/%2E./b',
    '/x/%2e%2e/v2/a',
    '/v2%2f',
    '/v2/secret%2Frepo/tags/list',
    '/%76%32/secret/tags/list',
    '/v2/%73ecret/tags/list',
    '/v2/%5fcatalog',
    '/v2/a%00b',
    '/v2/a%0d%0ab',
    '/v2/%2573ecret',
    '/v2/a%',
    '/v2/a%zz',
    '/%76%32/a%zz',
    '/v2/a\\b',
    '\\v2\\a',
    '/\\v2/a',
    '/v2\\a',
    '/v2%5ca',
    // Found by the last test below: dot segments resolved before the rest is decoded, and the other way round.
    '/../v2%2f..\\/a',
    '/:v2%2e%5c%\\../v2',
    '/..\\v2/.%2e%2f%%_',
    '/v2/a b',
    '/v2/a"b',
    '/v2/a;b',
    '/v2/a{b}',
    '/v2/é',
    '/v2/%c3%a9',
    '/v2/#x',
    '/v2/a#/tags/list',
  ])('%s', target => {
    expect(readTarget(target)).toBeNull()
  })
})

describe('a path outside the registry goes as it came', () => {
  it.each(['/', '/v1/', '/v2x', '/V2/', '/x/v2/', '/token?a=b', '/a%20b', '/%zz', '//x', '/.'])('%s', target => {
    const [path, query] = target.split('?')
    expect(readTarget(target)).toEqual({ path, query: query ?? null, isRegistry: false })
  })

  it.each(['', '*', 'v2/', 'http://localhost/v2/', 'localhost:443', '?x'])('%j is no path', target => {
    expect(readTarget(target)).toBeNull()
  })
})

describe('whatever the spelling', () => {
  const piece = fc.constantFrom(
    'v2',
    '%76',
    '2',
    'v',
    '/',
    '%2f',
    '\\',
    '%5c',
    '.',
    '%2e',
    '..',
    'a',
    '%',
    '%3A',
    ':',
    '%00',
    '?',
    '_',
  )
  const target = fc.array(piece, { maxLength: 12 }).map(pieces => `/${pieces.join('')}`)

  it('a path that passes as a registry path has no escape, no empty and no dot segment left', () => {
    fc.assert(
      fc.property(target, text => {
        const read = readTarget(text)
        if (read?.isRegistry !== true) return
        expect(read.path).toMatch(/^\/v2(\/|$)/)
        expect(read.path).not.toMatch(/%|\/\/|\\/)
        expect(read.path.split('/')).not.toContain('..')
        expect(read.path.split('/')).not.toContain('.')
        expect(new URL(read.path, 'http://h').pathname).toBe(read.path)
      }),
      { numRuns: 5_000 },
    )
  })

  it('a path that a backend could read as a registry path never passes as another one', () => {
    fc.assert(
      fc.property(target, text => {
        const read = readTarget(text)
        if (read === null || read.isRegistry) return
        // As a URL parser reads it, with what it leaves encoded decoded once more.
        const { pathname } = new URL(`http://h${read.path}`)
        const path = pathname.replace(/%([0-9a-f]{2})/gi, (_, hex: string) =>
          String.fromCharCode(Number.parseInt(hex, 16)),
        )
        expect(path.replace(/\/+/g, '/')).not.toMatch(/^\/v2(\/|$)/)
      }),
      { numRuns: 5_000 },
    )
  })
})
