/** What a new signing key is made of. */
import { createPrivateKey, randomBytes, X509Certificate } from 'node:crypto'
import { expect, test } from 'vitest'
import { createSigningKey, hasLeadingZero } from '../../src/token/signing-key.js'

const now = Date.UTC(2026, 0, 5)
const make = () => createSigningKey({ id: 'key-1', now, signsFrom: now + 1, random: randomBytes })

test('a key on P-256 with a certificate of its own, which is good for years', async () => {
  const key = await make()
  expect(key).toMatchObject({ id: 'key-1', createdAt: now, signsFrom: now + 1 })
  expect(createPrivateKey(key.privateKey).asymmetricKeyDetails).toEqual({ namedCurve: 'prime256v1' })
  const certificate = new X509Certificate(key.certificate)
  expect(certificate.checkPrivateKey(createPrivateKey(key.privateKey))).toBe(true)
  expect(certificate.verify(certificate.publicKey)).toBe(true)
  expect(certificate.ca).toBe(false)
  expect(Date.parse(certificate.validFrom)).toBeLessThan(now)
  expect(Date.parse(certificate.validTo)).toBeGreaterThan(now + 9 * 365 * 86_400_000)
})

test('no two are the same', async () => {
  const [one, two] = await Promise.all([make(), make()])
  expect(one.privateKey).not.toBe(two.privateKey)
  expect(new X509Certificate(one.certificate).serialNumber).not.toBe(new X509Certificate(two.certificate).serialNumber)
})

test.each([
  [{ x: 'AAEC', y: 'AQID' }, true],
  [{ x: 'AQID', y: 'AAEC' }, true],
  [{ x: 'AQID', y: 'AQAA' }, false],
])('whether a coordinate of %j begins with a zero byte, which registries lose: %s', (coordinates, leading) => {
  expect(hasLeadingZero(coordinates)).toBe(leading)
})
