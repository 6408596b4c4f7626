/** Every understood hash against what other programs wrote: test/cases/htpasswd/hashes.tsv. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { decoyOf, faultOfHash, hashFormats, matchesHash } from '../../../src/users/htpasswd/hash-formats.js'

interface Golden {
  readonly password: string
  readonly hash: string
  readonly writtenBy: string
}

const golden: Golden[] = readFileSync(new URL('../../cases/htpasswd/hashes.tsv', import.meta.url), 'utf8')
  .split('\n')
  .filter(line => line !== '' && !line.startsWith('#'))
  .map(line => {
    const [password = '', hash = '', writtenBy = ''] = line.split('\t')
    return { password, hash, writtenBy }
  })

describe('a hash written by another program', () => {
  it('exists for every format', () => {
    for (const format of hashFormats)
      expect(
        golden.some(row => format.begins.test(row.hash)),
        format.name,
      ).toBe(true)
  })

  for (const { password, hash, writtenBy } of golden) {
    const length = Buffer.byteLength(password)
    it(`by ${writtenBy}, of ${length} bytes: is matched by its password and by no other: ${hash.slice(0, 20)}`, () => {
      expect(faultOfHash(hash)).toBeNull()
      expect(matchesHash(password, hash)).toBe(true)
      expect(matchesHash(`${password.slice(0, -1)}!`.slice(0, 71), hash)).toBe(false)
      expect(matchesHash('', hash)).toBe(false)
    })
  }
})

describe('a decoy', () => {
  for (const { password, hash } of golden) {
    it(`of ${hash.slice(0, 20)} has no fault, the same cost for all salts, and is matched by no password`, () => {
      const decoy = decoyOf(hash)
      expect(decoy).not.toContain(hash.slice(-20))
      expect(decoyOf(decoy)).toBe(decoy)
      expect(faultOfHash(decoy)).toBeNull()
      expect(matchesHash(password, decoy)).toBe(false)
    })
  }

  it.each([
    ['$2a$12$abcdefghijklmnopqrstuuBzzIgyKkz7xMWYSzkIjUSnxEQFQ0WNe', `$2y$12$${'.'.repeat(53)}`],
    [`$6$abc$${'x'.repeat(86)}`, `$6$rounds=5000$...$${'.'.repeat(86)}`],
    [`$6$rounds=9000$abc$${'x'.repeat(86)}`, `$6$rounds=9000$...$${'.'.repeat(86)}`],
    [`$apr1$abcdefgh$${'x'.repeat(22)}`, `$apr1$........$${'.'.repeat(22)}`],
  ])('keeps the cost of %s', (hash, decoy) => {
    expect(decoyOf(hash)).toBe(decoy)
  })
})

describe('passwords at the limits', () => {
  it('bcrypt looks at 72 bytes, as nginx does', () => {
    const hash = '$2b$04$abcdefghijklmnopqrstuuBzzIgyKkz7xMWYSzkIjUSnxEQFQ0WNe'
    expect(matchesHash(`${'a'.repeat(72)}anything`, hash)).toBe(true)
    expect(matchesHash('a'.repeat(71), hash)).toBe(false)
  })

  it('a password of more than 511 bytes fits no crypt(3) hash, not even by its beginning', () => {
    const row = golden.find(({ password }) => password.length === 511)
    expect(row).toBeDefined()
    if (row !== undefined) expect(matchesHash(`${row.password}a`, row.hash)).toBe(false)
  })
})

describe('a hash that cannot be used', () => {
  it.each([
    ['', 'has no password'],
    ['$2x$05$abcdefghijklmnopqrstuuBzzIgyKkz7xMWYSzkIjUSnxEQFQ0WNe', '$2x$'],
    ['$2y$10$tooshort', 'not a complete bcrypt hash'],
    [`$2y$10$${'a'.repeat(54)}`, 'not a complete bcrypt hash'],
    [`$2y$03$${'a'.repeat(53)}`, 'cost outside 04 to 31'],
    [`$2y$31$${'a'.repeat(53)}`, 'would take minutes'],
    [`$$2y$$10$$${'a'.repeat(53)}`, 'every $ doubled'],
    ['$apr1$abcdefgh$short', 'not a complete MD5 (apr1) hash'],
    [`$1$ninechars$${'a'.repeat(22)}`, 'not a complete MD5 crypt hash'],
    [`$5$salt$${'a'.repeat(42)}`, 'not a complete SHA-256 crypt hash'],
    [`$6$seventeencharsabc$${'a'.repeat(86)}`, 'not a complete SHA-512 crypt hash'],
    [`$6$rounds=999$salt$${'a'.repeat(86)}`, 'fewer than 1000 rounds'],
    [`$6$rounds=999999999$salt$${'a'.repeat(86)}`, 'would take minutes'],
    [`$6$rounds=05000$salt$${'a'.repeat(86)}`, 'not a complete SHA-512 crypt hash'],
    ['{SHA}c2hvcnQ=', 'not a complete {SHA} hash'],
    ['{SSHA}c2hvcnQ=', 'not a complete {SSHA} hash'],
    ['{PLAIN}', 'no password behind {PLAIN}'],
    ['{SHA256}abc', 'unknown {scheme}'],
    ['$y$j9T$abc$def', 'yescrypt'],
    ['$argon2id$v=19$m=65536', 'Argon2'],
    ['$99$abc', 'unknown kind'],
    ['M5D2ih4JCTWnE', 'DES crypt'],
    ['secret', 'not hashed'],
    ['{sha}5en6G6MezRroT3XKqkdPOmY/BfQ=', 'unknown {scheme}'],
  ])('%j: %s', (hash, fault) => {
    expect(faultOfHash(hash)).toContain(fault)
    expect(() => matchesHash('secret', hash)).toThrow()
  })
})
