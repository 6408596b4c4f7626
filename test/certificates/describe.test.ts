/** Descriptions of certificates that others made. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { describeCertificate } from '../../src/certificates/describe.js'
import { require as partsAreHere } from '../real/parts/availability.js'

const folder = mkdtempSync(join(tmpdir(), 'portcullis-describe-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** What `openssl req -x509` makes by the flags that people paste. */
function opensslCertificate(...flags: string[]): string {
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  execFileSync('openssl', ['req', '-x509', '-nodes', '-days', '30', ...flags, '-keyout', key, '-out', cert], {
    stdio: 'ignore',
  })
  return readFileSync(cert, 'utf8')
}

describe.runIf(partsAreHere('openssl'))('a certificate by openssl', () => {
  it.each([
    [['-newkey', 'rsa:2048'], 'RSA 2048'],
    [['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-384'], 'ECDSA P-384'],
    [['-newkey', 'ed25519'], 'Ed25519'],
  ])('%j has a key of type %s', (flags, keyType) => {
    const described = describeCertificate(opensslCertificate(...flags, '-subj', '/C=DE/O=Example/CN=registry.local'))
    expect(described).toMatchObject({
      keyType,
      names: [],
      subject: 'C=DE, O=Example, CN=registry.local',
      issuer: 'C=DE, O=Example, CN=registry.local',
      isCa: true,
      selfSigned: true,
    })
  })

  it('has the fingerprint that openssl shows', () => {
    const pem = opensslCertificate('-newkey', 'ed25519', '-subj', '/CN=a')
    const shown = execFileSync('openssl', ['x509', '-noout', '-fingerprint', '-sha256'], {
      input: pem,
      encoding: 'utf8',
    })
    expect(shown.trim().toUpperCase()).toBe(`SHA256 FINGERPRINT=${describeCertificate(pem).fingerprint256}`)
  })

  it('has its names and addresses and nothing else of its subjectAltName', () => {
    const alternatives = 'subjectAltName=DNS:a.example,IP:fd00::0:7,email:tea@a.example,URI:https://b.example/,DNS:*.c'
    const pem = opensslCertificate('-newkey', 'ed25519', '-subj', '/CN=a', '-addext', alternatives)
    expect(describeCertificate(pem).names).toEqual(['a.example', 'fd00::7', '*.c'])
  })
})
