/** Tokens that the key ring issues, and how long they are good. */
import { randomBytes, randomUUID } from 'node:crypto'
import { createLocalJWKSet, jwtVerify } from 'jose'
import { beforeAll, describe, expect, test } from 'vitest'
import { grantScopes } from '../../src/token/grant.js'
import { createKeyRing, type KeyRing, type KeyRingOptions } from '../../src/token/key-ring.js'
import type { AccessClaims, SigningKey } from '../../src/token/model.js'
import { parseScopes } from '../../src/token/scope.js'
import { createSigningKey } from '../../src/token/signing-key.js'

const start = Date.UTC(2026, 0, 5, 12)
const second = 1000
const claims: AccessClaims = {
  user: 'tea',
  entry: 'fingerprint',
  access: [{ type: 'repository', name: 'team/app', actions: ['pull', 'push'] }],
}

const makeKey = (id: string, signsFrom = start) => createSigningKey({ id, now: start, signsFrom, random: randomBytes })
const ringOf = (keys: readonly SigningKey[], lifetimeSeconds = 300, names: Partial<KeyRingOptions> = {}) =>
  createKeyRing({ keys, issuer: 'portcullis', service: 'portcullis', lifetimeSeconds, tokenId: randomUUID, ...names })
const claimsIn = (token: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())

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
    ['when its time is over by our clock alone', 300, 'valid'],
    ['at a gate whose clock is 50 s ahead, in its last second', 349, 'valid'],
    ['when its time is over by every clock', 360, 'expired'],
    ['a day later', 86_400, 'expired'],
  ])('a token %s', async (_, seconds, kind) => {
    const { token, expiresInSeconds } = await ring.issue(claims, start)
    expect(expiresInSeconds).toBe(300)
    const verified = await ring.verify(token, start + seconds * second)
    expect(verified.kind).toBe(kind)
    if (verified.kind !== 'invalid') expect(verified.claims).toEqual(claims)
    if (verified.kind === 'expired') expect(verified.expiredAt).toBe(start + 300 * second)
  })

  test('a token with as much as a client can ask for fits into a header line and is good', async () => {
    const letters = 'x'.repeat(Math.ceil(5000 / 60))
    const asked = Array.from({ length: 1000 }, (_, index) => `repository:${letters.slice(index % 60)}${index}:*`)
    const may = () => true
    const { token } = await ring.issue({ ...claims, access: grantScopes(parseScopes(asked), may) }, start)
    expect(token.length).toBeLessThan(8192)
    expect((await ring.verify(token, start)).kind).toBe('valid')
  })

  test('an anonymous token names nobody', async () => {
    const anonymous = { user: null, entry: '', access: [] }
    const { token } = await ring.issue(anonymous, start)
    expect(await ring.verify(token, start)).toEqual({ kind: 'valid', claims: anonymous })
    expect(claimsIn(token)).toMatchObject({ sub: '' })
  })

  test('a token is what registries read: one audience, whole seconds, the certificate, no key id', async () => {
    const { token } = await ring.issue(claims, start + 250)
    const [header = ''] = token.split('.')
    const certificate = key.certificate.replace(/-----[^-]+-----|\s/g, '')
    expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toEqual({
      alg: 'ES256',
      typ: 'JWT',
      x5c: [certificate],
    })
    expect(claimsIn(token)).toEqual({
      iss: 'portcullis',
      sub: 'tea',
      aud: 'portcullis',
      iat: start / 1000,
      nbf: start / 1000,
      exp: start / 1000 + 300,
      jti: expect.any(String),
      access: claims.access,
      entry: 'fingerprint',
    })
  })

  test('no token is the same as another', async () => {
    const [one, two] = await Promise.all([ring.issue(claims, start), ring.issue(claims, start)])
    expect(claimsIn(one.token).jti).not.toBe(claimsIn(two.token).jti)
  })

  test('the published keys verify a token, and say nothing else', async () => {
    const { token } = await ring.issue(claims, start)
    const set = JSON.parse(JSON.stringify(ring.jwks()))
    expect(set.keys.map((one: object) => Object.keys(one).sort())).toEqual([
      ['alg', 'crv', 'kty', 'use', 'x', 'x5c', 'y'],
    ])
    const read = await jwtVerify(token, createLocalJWKSet(set), { currentDate: new Date(start) })
    expect(read.payload.sub).toBe('tea')
  })
})

describe('two gates', () => {
  let keys: readonly SigningKey[]
  beforeAll(async () => {
    keys = await Promise.all([makeKey('key-1'), makeKey('key-2', start + 60 * second)])
  })

  test('accept the tokens of each other', async () => {
    const { token } = await ringOf(keys).issue(claims, start)
    expect((await ringOf([...keys].reverse()).verify(token, start)).kind).toBe('valid')
  })

  test('of which one has not seen the new key yet understand each other until it signs', async () => {
    const behind = ringOf(keys.slice(0, 1))
    const ahead = ringOf(keys)
    const early = await ahead.issue(claims, start + 59 * second)
    expect((await behind.verify(early.token, start + 59 * second)).kind).toBe('valid')
    const late = await ahead.issue(claims, start + 60 * second)
    expect((await behind.verify(late.token, start + 60 * second)).kind).toBe('invalid')
    expect((await ahead.verify(early.token, start + 60 * second)).kind).toBe('valid')
  })

  test('refuse the tokens of a key that was removed', async () => {
    const { token } = await ringOf(keys).issue(claims, start)
    expect((await ringOf(keys.slice(1)).verify(token, start)).kind).toBe('invalid')
  })

  test.each([
    ['another service', { service: 'other' }],
    ['another issuer', { issuer: 'other' }],
  ])('with %s do not take the tokens of each other', async (_, names) => {
    const { token } = await ringOf(keys).issue(claims, start)
    expect((await ringOf(keys, 300, names).verify(token, start)).kind).toBe('invalid')
  })
})

test('without a key nothing is issued and nothing is valid', async () => {
  const { token } = await ringOf([await makeKey('key-1')]).issue(claims, start)
  await expect(ringOf([]).issue(claims, start)).rejects.toThrow('no key')
  expect(await ringOf([]).verify(token, start)).toEqual({ kind: 'invalid' })
  expect(ringOf([]).jwks()).toEqual({ keys: [] })
})
