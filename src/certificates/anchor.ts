/** Finds the certificate that clients must trust to accept a server: the authority kept beside it, or the server's own. */
import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { certificateFiles } from './create-in-folder.js'
import { isCertificate, pemBlocks } from './pem.js'

/** Plain data: it is sent to workers. */
export interface TrustAnchor {
  /** One certificate, PEM. */
  readonly pem: string
  /** `authority`: it stays when the server's certificate is renewed. `server`: it is that certificate, trusted by itself. */
  readonly kind: 'authority' | 'server'
  /** SHA-256, as `AB:CD:…`. */
  readonly fingerprint256: string
  readonly validUntil: Date
}

/**
 * @param server the server's certificate file, PEM
 * @param authority the file of an authority that is perhaps its issuer, PEM; null without one
 * @returns null where another authority has signed: its certificate is not here, and clients may well have it already
 */
export function findAnchor(server: string, authority: string | null): TrustAnchor | null {
  const own = firstCertificate(server)
  if (own === null) return null
  const signer = authority === null ? null : firstCertificate(authority)
  if (signer !== null && own.issuer === signer.subject && own.verify(signer.publicKey))
    return anchor(signer, 'authority')
  return own.issuer === own.subject && own.verify(own.publicKey) ? anchor(own, 'server') : null
}

/** As findAnchor, with the ca.pem that stands in the folder of `certFile`; one that cannot be read counts as none. */
export async function readAnchor(certFile: string, server: string): Promise<TrustAnchor | null> {
  return findAnchor(server, await readFile(certificateFiles(dirname(certFile)).ca, 'utf8').catch(() => null))
}

function anchor(certificate: X509Certificate, kind: TrustAnchor['kind']): TrustAnchor {
  return {
    pem: certificate.toString(),
    kind,
    fingerprint256: certificate.fingerprint256,
    validUntil: new Date(certificate.validTo),
  }
}

function firstCertificate(text: string): X509Certificate | null {
  const block = pemBlocks(text).find(isCertificate)
  if (block === undefined) return null
  try {
    return new X509Certificate(block.text)
  } catch {
    return null
  }
}
