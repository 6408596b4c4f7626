/**
 * Finds the certificate that clients must trust to accept a server: the signing authority, or the server's own
 * certificate.
 */
import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { isCertificate, pemBlocks } from './pem.js'

/** Plain data, because it is sent to workers. */
export interface TrustAnchor {
  /** One certificate, PEM. */
  readonly pem: string
  /**
   * `authority`: it stays the same when the server's certificate is renewed. `server`: the server's certificate,
   * trusted directly.
   */
  readonly kind: 'authority' | 'server'
  /** SHA-256, as `AB:CD:…`. */
  readonly fingerprint256: string
  readonly validUntil: Date
}

/**
 * @param chain the server's certificate file, PEM: its own certificate first, then optionally its signers
 * @param beside the file of an authority that may be the signer, PEM; null without one
 * @returns null if neither file contains the authority's certificate: then clients probably have it already
 */
export function findAnchor(chain: string, beside: string | null): TrustAnchor | null {
  const [own, ...others] = certificatesOf(chain)
  if (own === undefined) return null
  if (signed(own, own)) return anchor(own, 'server')
  let last = own
  for (const next of others) if (signed(last, next)) last = next
  const root = [last, ...certificatesOf(beside ?? '')].find(one => one !== own && signed(last, one) && signed(one, one))
  return root === undefined ? null : anchor(root, 'authority')
}

/** Like findAnchor, with the ca.pem in the folder of `certFile`. An unreadable ca.pem is ignored. */
export async function readAnchor(certFile: string, chain: string): Promise<TrustAnchor | null> {
  return findAnchor(chain, await readFile(join(dirname(certFile), 'ca.pem'), 'utf8').catch(() => null))
}

function signed(certificate: X509Certificate, by: X509Certificate): boolean {
  return certificate.issuer === by.subject && certificate.verify(by.publicKey)
}

function anchor(certificate: X509Certificate, kind: TrustAnchor['kind']): TrustAnchor {
  return {
    pem: certificate.toString(),
    kind,
    fingerprint256: certificate.fingerprint256,
    validUntil: new Date(certificate.validTo),
  }
}

/** Returns the certificates before the first damaged one. */
function certificatesOf(text: string): X509Certificate[] {
  const certificates: X509Certificate[] = []
  for (const block of pemBlocks(text).filter(isCertificate)) {
    try {
      certificates.push(new X509Certificate(block.text))
    } catch {
      break
    }
  }
  return certificates
}
