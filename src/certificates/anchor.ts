/** Finds the certificate that clients must trust to accept a server: the authority that signed, or the server's own. */
import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
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
 * @param chain the server's certificate file, PEM: its own first, then perhaps those that signed it
 * @param beside the file of an authority that is perhaps the signer, PEM; null without one
 * @returns null where the authority's certificate is in neither: clients may well have it already
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

/** As findAnchor, with the ca.pem that stands in the folder of `certFile`; one that cannot be read counts as none. */
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

/** Those before one that is damaged. */
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
