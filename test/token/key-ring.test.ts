/** Tokens that the key ring issues, and how long they are good. */
import { randomBytes, randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import { createKeyRing, type KeyRing } from '../../src/token/key-ring.js'
import type { AccessClaims, SigningKey } from '../../src/token/model.js'
import { createSigningKey } from '../../src/token/signing-key.js'

const start = Date.UTC(2026, 0, 5, 12)
const second = 1000
const claims: AccessClaims = {
  user: 'tea',
  entry: 'fingerprint',
  access: [{ type: 'repository', name: 'team/app', actions: ['pull', 'push'] }],
}

const makeKey = (id: string, signsFrom = start) => createSigningKey({ id, now: start, signsFrom, random: randomBytes })
const ringOf = (keys: readonly SigningKey[], lifetimeSeconds = 300) =>
  createKeyRing({ keys, issuer: 'portcullis', service: 'portcullis', lifetimeSeconds, tokenId: randomUUID })

describe('a key ring', () => {
  let key: SigningKey
  let ring: KeyRing
  beforeAll(async () => {
    key = await makeKey('key-1')
    ring = ringOf([key])
  })

  test.each([
    ['at once', 0, 'valid'],
    ['at a gate whose clock is 50 s behind', -50, 'valid'],
    ['at a gate whose clock is two minutes behind', -120, 'invalid'],
    ['in its last second', 299, 'valid'],
    ['when its time is over', 300, 'expired'],
    ['a day later', 86_400, 'expired'],
  ])('a token %s', async (_, seconds, kind) => {
    const { token, expiresInSeconds } = await ring.issue(claims, start)
    expect(expiresInSeconds).toBe(300)
    const verified = await ring.verify(token, start + seconds * second)
    expect(verified.kind).toBe(kind)
    if (verified.kind !== 'invalid') expect(verified.claims).toEqual(claims)
    if (verified.kind === 'expired') expect(verified.expiredAt).toBe(start + 300 * second)
  })
})
