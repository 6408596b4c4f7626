/** Creates certificates: a self-signed one, or an authority with a certificate signed by it. */
import { randomBytes, X509Certificate } from 'node:crypto'
import type {
  Authority,
  CertificateContent,
  CertificateMaker,
  CreatedCertificates,
  CreateOptions,
  KeyAlgorithm,
} from './model.js'

const dayMs = 24 * 60 * 60 * 1000

/** Days of validity; 366 at most with the back-dated day. */
export const defaultDays = 365
const authorityDays = 3650

/**
 * Creates a key and a certificate for the names. The certificate is valid from 24 hours before `now`, so that clients
 * with a slow clock accept it, and never outlives its authority. Keys and serial numbers come from the system's random
 * source.
 */
export async function createCertificates(options: CreateOptions): Promise<CreatedCertificates> {
  const maker: CertificateMaker =
    options.algorithm === 'rsa' ? await import('./create-rsa.js') : await import('./create-ecdsa.js')
  const content: CertificateContent = {
    commonName: options.names.hosts.find(host => host.length <= 64) ?? 'portcullis',
    organization: ownOrganization(),
    names: options.names,
    ...validity(options.now, options.days),
    serial: randomSerial(),
  }
  if (options.signer === 'itself') return { ...(await maker.selfSigned(content)), authority: null }

  const authority =
    options.signer === 'new-authority' ? await createAuthority(maker, options.algorithm, options.now) : options.signer
  const authorityEnd = new Date(new X509Certificate(authority.cert).validTo)
  const notAfter = content.notAfter < authorityEnd ? content.notAfter : authorityEnd
  const pair = await maker.signedBy(authority, { ...content, notAfter })
  assertIssued(pair.cert, authority.cert)
  return { cert: `${pair.cert.trimEnd()}\n${authority.cert.trimEnd()}\n`, key: pair.key, authority }
}

async function createAuthority(maker: CertificateMaker, algorithm: KeyAlgorithm, now: Date): Promise<Authority> {
  const pair = await maker.authority({
    commonName: 'Portcullis CA',
    organization: ownOrganization(),
    names: { hosts: [], addresses: [] },
    ...validity(now, authorityDays),
    serial: randomSerial(),
  })
  return { ...pair, algorithm }
}

/**
 * A random part makes each subject unique. Clients look up trusted certificates by subject. If two have the same
 * subject, such as an old one and its renewal, OpenSSL compares only the first and refuses a server that has the other.
 */
function ownOrganization(): string {
  return `Portcullis ${randomBytes(4).toString('hex')}`
}

/** Both ends are part of the validity (RFC 5280, 4.1.2.5), so one second is subtracted. */
function validity(now: Date, days: number): { notBefore: Date; notAfter: Date } {
  const second = Math.floor(now.getTime() / 1000) * 1000
  return { notBefore: new Date(second - dayMs), notAfter: new Date(second + days * dayMs - 1000) }
}

/** The first byte is 0x40 to 0x7f, so the number is positive and has a constant length. */
function randomSerial(): string {
  const bytes = randomBytes(16)
  bytes.writeUInt8((bytes.readUInt8(0) & 0x3f) | 0x40, 0)
  return bytes.toString('hex')
}

/** Verifies the new certificate, because a foreign authority can have a name that changes when it is written again. */
function assertIssued(cert: string, authorityCert: string): void {
  const leaf = new X509Certificate(cert)
  const issuer = new X509Certificate(authorityCert)
  if (!leaf.checkIssued(issuer) || !leaf.verify(issuer.publicKey)) {
    throw new Error('the certificate that was just created does not verify against its authority')
  }
}
