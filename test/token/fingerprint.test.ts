/** A fingerprint changes with everything that makes a user who they are, and tells nothing. */
import { expect, test } from 'vitest'
import { entryFingerprint, keyedHash } from '../../src/token/fingerprint.js'

const secret = new Uint8Array(32).fill(1)
const entry = { name: 'tea', hash: '$2y$10$abc' }
const fingerprint = entryFingerprint(secret, entry)

test('is 22 characters of base64url, the same each time', () => {
  expect(fingerprint).toMatch(/^[A-Za-z0-9_-]{22}$/)
  expect(entryFingerprint(secret, { ...entry })).toBe(fingerprint)
})

test.each([
  ['another password', secret, { ...entry, hash: '$2y$10$abd' }],
  ['another user with the same hash', secret, { ...entry, name: 'coffee' }],
  ['the same letters, cut elsewhere', secret, { name: 'tea$', hash: '2y$10$abc' }],
  ['another secret', new Uint8Array(32).fill(2), entry],
])('is another for %s', (_, key, other) => {
  expect(entryFingerprint(key, other)).not.toBe(fingerprint)
})

test('keyed hashes for two purposes have nothing in common', () => {
  expect(keyedHash(secret, 'entry', 'a')).not.toEqual(keyedHash(secret, 'identity', 'a'))
  expect(keyedHash(secret, 'a', 'b', 'c')).not.toEqual(keyedHash(secret, 'a', 'bc'))
})
