/** Describes a certificate for people: names, issuer, dates, key, fingerprint. */
import { type KeyObject, X509Certificate } from 'node:crypto'
import { shortestAddress } from './names.js'

export interface CertificateDescription {
  /** DNS names and addresses of the subjectAltName, in its order. The common name does not count (RFC 9525). */
  readonly names: readonly string[]
  /** `CN=registry.local, O=Example`. */
  readonly subject: string
  readonly issuer: string
  readonly validFrom: Date
  readonly validUntil: Date
  /** `ECDSA P-256`, `RSA 2048`, `Ed25519`. */
  readonly keyType: string
  /** SHA-256 of the certificate as `AB:CD:…`, like browsers and `openssl x509 -fingerprint -sha256`. */
  readonly fingerprint256: string
  readonly isCa: boolean
  readonly selfSigned: boolean
}

/**
 * Describes the first certificate in a PEM text.
 * @throws the error of node:crypto if there is none
 */
export function describeCertificate(pem: string): CertificateDescription {
  const certificate = new X509Certificate(pem)
  return {
    names: alternativeNames(certificate.subjectAltName ?? ''),
    subject: oneLine(certificate.subject),
    issuer: oneLine(certificate.issuer),
    validFrom: new Date(certificate.validFrom),
    validUntil: new Date(certificate.validTo),
    keyType: keyType(certificate.publicKey),
    fingerprint256: certificate.fingerprint256,
    isCa: certificate.ca,
    // checkIssued returns false for a certificate that is not an authority, although clients accept it as its own trust
    // anchor.
    selfSigned: certificate.subject === certificate.issuer && certificate.verify(certificate.publicKey),
  }
}

/**
 * Parses node:crypto's text of a subjectAltName: `DNS:a.example, IP Address:0:0:0:0:0:0:0:1`. A name with unusual
 * characters is a JSON string.
 */
function alternativeNames(text: string): string[] {
  const names: string[] = []
  for (const [, kind, value] of text.matchAll(/(?:^|, )([A-Za-z ]+):("(?:[^"\\]|\\.)*"|[^,]*)/g)) {
    if (kind === undefined || value === undefined) continue
    const name = value.startsWith('"') ? String(JSON.parse(value)) : value
    if (kind === 'DNS') names.push(name)
    if (kind === 'IP Address') names.push(shortestAddress(name))
  }
  return names
}

/** node:crypto writes one attribute per line. */
function oneLine(name: string): string {
  return name.split('\n').join(', ')
}

const curveNames = new Map([
  ['prime256v1', 'P-256'],
  ['secp384r1', 'P-384'],
  ['secp521r1', 'P-521'],
])

function keyType(key: KeyObject): string {
  const details = key.asymmetricKeyDetails
  if (key.asymmetricKeyType === 'ec') {
    const curve = details?.namedCurve ?? ''
    return `ECDSA ${curveNames.get(curve) ?? curve}`
  }
  if (key.asymmetricKeyType?.startsWith('rsa')) return `RSA ${details?.modulusLength}`
  if (key.asymmetricKeyType === 'ed25519') return 'Ed25519'
  return key.asymmetricKeyType ?? 'unknown'
}
