/** A fingerprint changes with everything that makes a user who they are, and tells nothing. */
import { expect, test } from 'vitest'
import { keyedHash, userFingerprint } from '../../src/token/fingerprint.js'

const secret = new Uint8Array(32).fill(1)
const entry = { name: 'tea', stamp: '$2y$10$abc' }
const fingerprint = userFingerprint(secret, entry)

test('is 22 characters of base64url, the same each time', () => {
  expect(fingerprint).toMatch(/^[A-Za-z0-9_-]{22}$/)
  expect(userFingerprint(secret, { ...entry })).toBe(fingerprint)
})

test.each([
  ['another password', secret, { ...entry, stamp: '$2y$10$abd' }],
  ['another user with the same hash', secret, { ...entry, name: 'coffee' }],
  ['the same letters, cut elsewhere', secret, { name: 'tea$', stamp: '2y$10$abc' }],
  ['another secret', new Uint8Array(32).fill(2), entry],
])('is another for %s', (_, key, other) => {
  expect(userFingerprint(key, other)).not.toBe(fingerprint)
})

test('keyed hashes for two purposes have nothing in common', () => {
  expect(keyedHash(secret, 'entry', 'a')).not.toEqual(keyedHash(secret, 'identity', 'a'))
  expect(keyedHash(secret, 'a', 'b', 'c')).not.toEqual(keyedHash(secret, 'a', 'bc'))
})
