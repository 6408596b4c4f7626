/** Whose wrong passwords are counted together, and that nothing can be read from what is counted. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { describeAttempt, networkOf } from '../../src/login-limits/attempt.js'

const key = Buffer.alloc(32, 1)

describe('the network of an address', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:2::', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['::', '0:0:0:0::/64'],
    ['1:2:3:4:5:6:7::', '1:2:3:4::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['64:ff9b::192.0.2.1', '64:ff9b:0:0::/64'],
    ['', ''],
    ['no address', 'no address'],
  ])('of %j is %j', (address, network) => expect(networkOf(address)).toBe(network))
})

describe('an attempt', () => {
  it('is told by hashes that depend on every part and on the key', () => {
    const attempts = [
      describeAttempt(key, '192.0.2.7', 'amy', 'secret'),
      describeAttempt(key, '192.0.2.8', 'amy', 'secret'),
      describeAttempt(key, '192.0.2.7', 'bob', 'secret'),
      describeAttempt(key, '192.0.2.7', 'amy', 'other'),
      describeAttempt(Buffer.alloc(32, 2), '192.0.2.7', 'amy', 'secret'),
    ]
    expect(new Set(attempts.map(({ guess }) => guess)).size).toBe(5)
    expect(new Set(attempts.map(({ pair }) => pair)).size).toBe(4)
    expect(JSON.stringify(attempts)).not.toMatch(/amy|bob|secret|other/)
  })

  it('is the same from all addresses of one /64', () => {
    expect(describeAttempt(key, '2001:db8::1', 'amy', 'x')).toEqual(describeAttempt(key, '2001:db8::ffff', 'amy', 'x'))
  })

  it('is never taken for another one, whatever stands in name and password', () => {
    const seen = new Map<string, string>()
    const word = fc.string({ unit: fc.constantFrom('a', 'b', ':', '1', '\uD800', '\uFFFD'), maxLength: 4 })
    fc.assert(
      fc.property(word, word, (name, password) => {
        const { guess } = describeAttempt(key, '192.0.2.7', name, password)
        const said = JSON.stringify([name, password])
        expect(seen.get(guess) ?? said).toBe(said)
        seen.set(guess, said)
      }),
      { numRuns: 5_000 },
    )
    expect(seen.size).toBeGreaterThan(1_000)
  })
})
