/** What stands in a created certificate, and that strict verifiers agree. */
import { execFileSync, spawnSync } from 'node:child_process'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createCertificates } from '../../src/certificates/create.js'
import { describeCertificate } from '../../src/certificates/describe.js'
import type { CreatedCertificates, CreateOptions } from '../../src/certificates/model.js'
import { pemBlocks } from '../../src/certificates/pem.js'
import { require as partsAreHere } from '../real/parts/availability.js'

/** The program; where it is missing, what it is asked about is skipped. */
const hasOpenssl = partsAreHere('openssl')
const now = new Date('2026-11-21T12:34:56.789Z')
const names = {
  hosts: ['registry.local', 'localhost', '*.example.com', 'registry_backend'],
  addresses: ['127.0.0.1', '192.168.1.5', '::1', 'fd00::1:2'],
}
const kinds = [
  { title: 'ECDSA, signed by itself', algorithm: 'ecdsa', signer: 'itself', keyType: 'ECDSA P-256' },
  { title: 'ECDSA, signed by an authority', algorithm: 'ecdsa', signer: 'new-authority', keyType: 'ECDSA P-256' },
  { title: 'RSA, signed by itself', algorithm: 'rsa', signer: 'itself', keyType: 'RSA 2048' },
  { title: 'RSA, signed by an authority', algorithm: 'rsa', signer: 'new-authority', keyType: 'RSA 2048' },
] as const

const folder = mkdtempSync(join(tmpdir(), 'portcullis-create-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function create(options: Partial<CreateOptions>): Promise<CreatedCertificates> {
  return createCertificates({ names, algorithm: 'ecdsa', days: 365, now, signer: 'itself', ...options })
}

/** What `openssl` says, which follows the system's clock unless told otherwise. */
function openssl(...args: string[]): string {
  if (!hasOpenssl) return ''
  const result = spawnSync('openssl', args, { encoding: 'utf8' })
  return result.stdout + result.stderr
}

function file(name: string, content: string): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

function verify(trusted: string, cert: readonly string[], when = now): string {
  const at = String(Math.floor(when.getTime() / 1000))
  return openssl('verify', '-x509_strict', '-purpose', 'sslserver', '-attime', at, '-CAfile', trusted, ...cert)
}

describe.each(kinds)('a certificate: $title', ({ title, algorithm, signer, keyType }) => {
  let made: CreatedCertificates
  let text: string
  beforeAll(async () => {
    made = await create({ algorithm, signer })
    text = openssl('x509', '-noout', '-text', '-in', file(`${title}.pem`, made.cert))
  })

  it('holds every name and address, in order', () => {
    expect(describeCertificate(made.cert).names).toEqual([...names.hosts, ...names.addresses])
  })

  it('begins 24 hours back and lasts 366 days at most', () => {
    const { validFrom, validUntil } = describeCertificate(made.cert)
    expect(validFrom.toISOString()).toBe('2026-11-20T12:34:56.000Z')
    expect(validUntil.toISOString()).toBe('2027-11-21T12:34:55.000Z')
  })

  it('belongs to its key', () => {
    const key = createPrivateKey(made.key.reveal())
    expect(new X509Certificate(made.cert).checkPrivateKey(key)).toBe(true)
    expect(describeCertificate(made.cert).keyType).toBe(keyType)
  })

  it.runIf(hasOpenssl)('is for TLS servers and is no authority', () => {
    expect(text).toMatch(/Basic Constraints: critical\s+CA:FALSE/)
    expect(text).toMatch(/Key Usage: critical\s+Digital Signature/)
    expect(text).toMatch(/Extended Key Usage:\s+TLS Web Server Authentication/)
    expect(describeCertificate(made.cert)).toMatchObject({ isCa: false, selfSigned: signer === 'itself' })
  })

  it.runIf(hasOpenssl)('is signed with SHA-256 and has a positive serial number of 20 bytes at most', () => {
    expect(text).toMatch(/Signature Algorithm: (ecdsa-with-SHA256|sha256WithRSAEncryption)/)
    expect(new X509Certificate(made.cert).serialNumber).toMatch(/^[0-7][0-9A-F]{15,39}$/)
  })

  it.runIf(hasOpenssl)('passes openssl verify -x509_strict with what clients are told to trust', () => {
    const cert = file(`${title}-cert.pem`, made.cert)
    const trusted = file(`${title}-trust.pem`, made.authority?.cert ?? made.cert)
    expect(verify(trusted, [cert])).toBe(`${cert}: OK\n`)
  })

  it.runIf(hasOpenssl)('is trusted even beside an older one, whatever their order', async () => {
    const older = await create({ algorithm, signer })
    const certs = [file(`${title}-new.pem`, made.cert), file(`${title}-old.pem`, older.cert)]
    const trust = [made, older].map(one => one.authority?.cert ?? one.cert)
    for (const order of [trust, trust.toReversed()]) {
      const answer = verify(file(`${title}-both.pem`, order.join('')), certs)
      expect(answer).toBe(certs.map(cert => `${cert}: OK\n`).join(''))
    }
  })
})

describe.each(['ecdsa', 'rsa'] as const)('an authority: %s', algorithm => {
  it.runIf(hasOpenssl)('may sign certificates of servers and nothing below them', async () => {
    const { authority } = await create({ algorithm, signer: 'new-authority' })
    const text = openssl('x509', '-noout', '-text', '-in', file('ca.pem', authority?.cert ?? ''))
    expect(text).toMatch(/Basic Constraints: critical\s+CA:TRUE, pathlen:0/)
    expect(text).toMatch(/Key Usage: critical\s+Certificate Sign, CRL Sign/)
    expect(text).toMatch(/Subject Key Identifier/)
    expect(text).toMatch(/Authority Key Identifier/)
  })

  it.runIf(hasOpenssl)('signs again later, so that clients need no new trust', async () => {
    const first = await create({ algorithm, signer: 'new-authority' })
    const later = new Date('2027-11-01T00:00:00Z')
    const again = await create({ algorithm, signer: first.authority ?? 'itself', now: later })
    expect(again.authority?.cert).toBe(first.authority?.cert)
    expect(again.key.reveal()).not.toBe(first.key.reveal())
    const trusted = file('first-ca.pem', first.authority?.cert ?? '')
    const leaf = file('second.pem', again.cert)
    expect(verify(trusted, [leaf], later)).toBe(`${leaf}: OK\n`)
  })

  it('follows the certificate in its file', async () => {
    const { cert, authority } = await create({ algorithm, signer: 'new-authority' })
    const blocks = pemBlocks(cert)
    expect(blocks.map(block => block.label)).toEqual(['CERTIFICATE', 'CERTIFICATE'])
    expect(blocks[1]?.text).toBe(authority?.cert)
  })

  it('is not outlived by what it signs', async () => {
    const { authority } = await create({ algorithm, signer: 'new-authority' })
    const end = describeCertificate(authority?.cert ?? '').validUntil
    const late = await create({ algorithm, signer: authority ?? 'itself', now: new Date('2036-10-01T00:00:00Z') })
    expect(describeCertificate(late.cert).validUntil).toEqual(end)
  })
})

describe.runIf(hasOpenssl)('an authority made by openssl', () => {
  it.each([
    ['a P-384 key', 'ecdsa', ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-384']],
    ['an RSA key', 'rsa', ['-newkey', 'rsa:2048']],
  ] as const)('with %s signs as well', async (_, algorithm, newKey) => {
    const [certFile, keyFile] = [join(folder, `${algorithm}-ca.pem`), join(folder, `${algorithm}-ca-key.pem`)]
    const subject = '/C=DE/O=Größe, Maß \\& Söhne/CN=Root'
    const args = ['-nodes', '-utf8', '-subj', subject, '-days', '3650', '-addext', 'keyUsage=critical,keyCertSign']
    execFileSync('openssl', ['req', '-x509', ...newKey, ...args, '-keyout', keyFile, '-out', certFile], {
      stdio: 'ignore',
    })
    const { loadAuthority } = await import('../../src/certificates/authority.js')
    const authority = await loadAuthority(certFile, keyFile, new Date())
    expect(authority?.algorithm).toBe(algorithm)
    const { cert } = await create({ algorithm, signer: authority ?? 'itself', now: new Date() })
    const leaf = file('leaf.pem', cert)
    expect(openssl('verify', '-x509_strict', '-CAfile', certFile, leaf)).toBe(`${leaf}: OK\n`)
  })
})

describe('the subject', () => {
  it('is another one each time', async () => {
    const subjects = await Promise.all([1, 2, 3].map(async () => describeCertificate((await create({})).cert).subject))
    expect(new Set(subjects).size).toBe(3)
  })

  it('takes no name of more than the 64 characters that X.509 allows', async () => {
    const long = `${'a'.repeat(60)}.example.com`
    const { cert } = await create({ names: { hosts: [long], addresses: [] } })
    expect(describeCertificate(cert)).toMatchObject({
      names: [long],
      subject: expect.stringMatching(/^CN=portcullis,/),
    })
  })
})

it('neither prints nor serialises a key', async () => {
  const made = await create({ signer: 'new-authority' })
  expect(JSON.stringify(made)).not.toContain('PRIVATE KEY')
  expect(`${made.key}`).toBe('***')
})
