/** What a certificate is made from, and what the making gives. */
import type { Secret } from '../errors/secret.js'
import type { CertificateNames } from './names.js'

export type KeyAlgorithm = 'ecdsa' | 'rsa'

/** A certificate and its private key, both PEM. */
export interface KeyPair {
  readonly cert: string
  readonly key: Secret
}

/** An authority that signs: its key decides which algorithm the certificates under it have. */
export interface Authority extends KeyPair {
  readonly algorithm: KeyAlgorithm
}

export interface CreateOptions {
  readonly names: CertificateNames
  readonly algorithm: KeyAlgorithm
  /** Days from `now` until the certificate expires, 1 or more. */
  readonly days: number
  readonly now: Date
  /** Who signs: an authority that exists must be valid at `now` and of the same algorithm. */
  readonly signer: 'itself' | 'new-authority' | Authority
}

export interface CreatedCertificates {
  /** The server's certificate, followed by that of the authority if there is one. */
  readonly cert: string
  readonly key: Secret
  /** The authority that signed; null when the certificate signed itself. */
  readonly authority: Authority | null
}

/** What one certificate says. */
export interface CertificateContent {
  /** Letters, digits, `.`, `-`, `_`, `*` and blanks only, 64 at most: nothing that X.500 would want escaped. */
  readonly commonName: string
  /** Also of such characters; makes the subject one of its own. */
  readonly organization: string
  readonly names: CertificateNames
  readonly notBefore: Date
  readonly notAfter: Date
  /** 16 bytes in hexadecimal, positive (RFC 5280, 4.1.2.2). */
  readonly serial: string
}

/** What create-ecdsa.ts and create-rsa.ts each provide. */
export interface CertificateMaker {
  selfSigned(content: CertificateContent): Promise<KeyPair>
  authority(content: CertificateContent): Promise<KeyPair>
  signedBy(authority: Authority, content: CertificateContent): Promise<KeyPair>
}
