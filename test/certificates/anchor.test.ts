/** Which certificate clients must trust, for every form in which a server's certificate comes. */
import { X509Certificate } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { findAnchor } from '../../src/certificates/anchor.js'
import { createCertificates } from '../../src/certificates/create.js'
import type { CreatedCertificates } from '../../src/certificates/model.js'

const now = new Date('2026-11-21T12:00:00Z')
const request = { names: { hosts: ['registry.local'], addresses: [] }, algorithm: 'ecdsa', days: 90, now } as const

let own: CreatedCertificates
let signed: CreatedCertificates
let foreign: CreatedCertificates
let authority = ''
let leaf = ''

beforeAll(async () => {
  own = await createCertificates({ ...request, signer: 'itself' })
  signed = await createCertificates({ ...request, signer: 'new-authority' })
  foreign = await createCertificates({ ...request, signer: 'new-authority' })
  authority = signed.authority?.cert ?? ''
  leaf = new X509Certificate(signed.cert).toString()
})

const fingerprint = (pem: string) => new X509Certificate(pem).fingerprint256

describe('what clients must trust is', () => {
  it('the certificate itself where it signed itself, whatever ca.pem lies beside it', () => {
    for (const beside of [null, authority, 'not a certificate', own.cert]) {
      expect(findAnchor(own.cert, beside)).toMatchObject({ kind: 'server', fingerprint256: fingerprint(own.cert) })
    }
  })

  it('the authority at the end of its chain, or beside it', () => {
    const expected = { kind: 'authority', fingerprint256: fingerprint(authority), pem: authority }
    expect(findAnchor(signed.cert, null)).toMatchObject(expected)
    expect(findAnchor(signed.cert, foreign.authority?.cert ?? '')).toMatchObject(expected)
    expect(findAnchor(leaf, authority)).toMatchObject(expected)
    expect(findAnchor(leaf, `${foreign.authority?.cert}${authority}`)).toMatchObject(expected)
  })

  it('not here where another authority has signed', () => {
    expect(findAnchor(leaf, null)).toBeNull()
    expect(findAnchor(leaf, foreign.authority?.cert ?? '')).toBeNull()
    expect(findAnchor(leaf, own.cert)).toBeNull()
    expect(findAnchor(leaf, leaf)).toBeNull()
  })

  it('nothing where there is no certificate', () => {
    expect(findAnchor('', authority)).toBeNull()
    expect(findAnchor('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n', null)).toBeNull()
  })
})
