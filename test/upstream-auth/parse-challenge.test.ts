/** Challenges as registries send them, and what is made of those that nobody should send. */
import { describe, expect, it } from 'vitest'
import { parseChallenges } from '../../src/upstream-auth/parse-challenge.js'

const read = (...lines: string[]) =>
  parseChallenges(lines).map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)])

describe('a challenge', () => {
  it.each([
    ['Basic realm="Registry Realm"', ['basic', { realm: 'Registry Realm' }]],
    ['BASIC realm="Sonatype Nexus Repository Manager"', ['basic', { realm: 'Sonatype Nexus Repository Manager' }]],
    [
      'Bearer realm="https://auth.docker.io/token",service="registry.docker.io"',
      ['bearer', { realm: 'https://auth.docker.io/token', service: 'registry.docker.io' }],
    ],
    [
      'Bearer realm="https://h/token",service="s",scope="repository:a/b:pull,push repository:c:pull",error="invalid_token"',
      [
        'bearer',
        {
          realm: 'https://h/token',
          service: 's',
          scope: 'repository:a/b:pull,push repository:c:pull',
          error: 'invalid_token',
        },
      ],
    ],
    ['bearer SERVICE=s , Realm = "https://h/token"', ['bearer', { service: 's', realm: 'https://h/token' }]],
    ['Bearer scope="",realm="https://h/t"', ['bearer', { scope: '', realm: 'https://h/t' }]],
    ['Bearer realm="a \\"quoted\\" \\\\ one, with a comma"', ['bearer', { realm: 'a "quoted" \\ one, with a comma' }]],
    ['Bearer realm="first",realm="second"', ['bearer', { realm: 'first' }]],
    ['Negotiate', ['negotiate', {}]],
  ])('%s', (line, expected) => expect(read(line)).toEqual([expected]))
})

describe('several challenges', () => {
  const both = [
    ['bearer', { realm: 'https://h/t' }],
    ['basic', { realm: 'b' }],
  ]
  it.each([
    ['on two lines', ['Bearer realm="https://h/t"', 'Basic realm="b"']],
    ['on one line', ['Bearer realm="https://h/t", Basic realm="b"']],
    ['behind an empty element', [', ,Bearer realm="https://h/t",,Basic realm="b"']],
  ])('%s', (_, lines) => expect(read(...lines)).toEqual(both))

  it('one of which has a token instead of parameters', () => {
    expect(read('Negotiate YWJj==, Basic realm="b"')).toEqual([
      ['negotiate', {}],
      ['basic', { realm: 'b' }],
    ])
  })
})

describe('what breaks the grammar', () => {
  it.each([
    ['', []],
    ['realm="x"', []],
    ['Bearer realm="never closed', [['bearer', {}]]],
    ['Bearer realm="https://h/t",service=', [['bearer', { realm: 'https://h/t' }]]],
    ['Bearer realm="https://h/t" "x"', [['bearer', { realm: 'https://h/t' }]]],
    ['{"errors":[]}', []],
  ])('%s', (line, expected) => expect(read(line)).toEqual(expected))

  it('costs no more time than its length', () => {
    for (const line of ['Bearer '.repeat(2_000), `Bearer ${'a'.repeat(16_000)}`, `Bearer a="${'\\'.repeat(16_000)}`]) {
      const began = performance.now()
      parseChallenges([line])
      expect(performance.now() - began).toBeLessThan(1_000)
    }
  })
})
