/** Which tags are immutable by which pattern, and which patterns can match none. */
import { describe, expect, it } from 'vitest'
import { immutableBy, readImmutable } from '../../src/access/immutable.js'
import type { ImmutableTags } from '../../src/access/model.js'

function compile(...texts: readonly string[]): ImmutableTags[] {
  return texts.map(text => {
    const read = readImmutable(text)
    if ('message' in read) throw new Error(`${text} ${read.message}`)
    return { text, ...read, where: `portcullis.yaml:${texts.indexOf(text) + 1}` }
  })
}

const hex = '0123456789abcdef'.repeat(4)

describe('a tag is immutable', () => {
  it.each([
    ['v*', 'team/app:v1.0', true],
    ['v*', 'alpine:v', true],
    ['v*', 'team/app:latest', false],
    ['v*', 'team/app:V1.0', false],
    ['v*', 'team/app:dev', false],
    ['1.0', 'team/app:1.0', true],
    ['1.0', 'team/app:1.0.1', false],
    ['1.0', 'team/app:1x0', false],
    ['release-*', 'team/app:release-2026.11', true],
    ['*-final', 'team/app:1.0-final', true],
    ['v*.*.*', 'team/app:v1.2.3', true],
    ['v*.*.*', 'team/app:v1.2', false],
    ['*', 'team/app:anything_at.all', true],
    ['team/app:v*', 'team/app:v1', true],
    ['team/app:v*', 'team/lib:v1', false],
    ['team/app:v*', 'team/app/sub:v1', false],
    ['team/**:v*', 'team:v1', true],
    ['team/**:v*', 'team/app/sub:v1', true],
    ['team/*:stable', 'team/app:stable', true],
    ['team/*:stable', 'other/app:stable', false],
    ['**:v*', 'other/app:v1', true],
  ])('by %s: %s %j', (pattern, image, expected) => {
    const [repository = '', tag = ''] = image.split(':')
    expect(immutableBy(compile(pattern), repository)(tag) !== null).toBe(expected)
  })

  it('by the first pattern that says so', () => {
    const all = compile('other/**:*', 'v*', 'team/app:v1')
    expect(immutableBy(all, 'team/app')('v1')).toEqual({
      text: 'v*',
      repositories: '**',
      tags: 'v*',
      where: 'portcullis.yaml:2',
    })
    expect(immutableBy([], 'team/app')('v1')).toBeNull()
  })
})

describe('what clients move whenever an image is signed or described stays free', () => {
  it.each([
    [`sha256-${hex}`, false],
    [`sha512-${hex}`, false],
    [`sha256-${hex}.sig`, false],
    [`sha256-${hex}.att`, false],
    [`sha256-${hex}.sbom`, false],
    [`sha256-${hex}.exe`, true],
    [`sha256-${hex}0`, true],
    [`sha256-${hex.slice(1)}`, true],
    [`sha256-${hex.toUpperCase()}`, true],
    [`sha256-${hex}.sig.sig`, true],
    [`xsha256-${hex}`, true],
    ['sha256-1.0', true],
  ])('%s is immutable by *: %j', (tag, expected) => {
    expect(immutableBy(compile('*', 'team/**:sha256-*'), 'team/app')(tag) !== null).toBe(expected)
  })
})

it.each([
  ['^v[0-9]+', 'can never match a tag', '"^" is not allowed in a tag; the only wildcard is *'],
  ['v?', 'can never match a tag', '"?" is not allowed in a tag; the only wildcard is *'],
  ['-rc*', 'can never match a tag', 'a tag begins with a letter, a digit or _, and has at most 128 characters'],
  [
    'x'.repeat(129),
    'can never match a tag',
    'a tag begins with a letter, a digit or _, and has at most 128 characters',
  ],
  ['team/app', 'can never match a tag', 'tags of certain repositories are written behind a colon: team/app:*'],
  ['team/app:', 'can never match a tag', 'a tag begins with a letter, a digit or _, and has at most 128 characters'],
  [':v*', 'can never match a repository', undefined],
  ['Team/app:v*', 'can never match a repository', 'repository names are in lower case: team/app'],
  ['registry.local:5000/team/app:v*', 'can never match a repository', "leave the registry's address out: team/app"],
])('%s %s', (text, message, hint) => {
  expect(readImmutable(text)).toMatchObject(hint === undefined ? { message } : { message, hint })
})
