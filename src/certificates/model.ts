/** Types for creating certificates: input and result. */
import type { Secret } from '../errors/secret.js'
import type { CertificateNames } from './names.js'

export type KeyAlgorithm = 'ecdsa' | 'rsa'

/** A certificate and its private key, both PEM. */
export interface KeyPair {
  readonly cert: string
  readonly key: Secret
}

/** An authority that signs certificates. Its key determines their algorithm. */
export interface Authority extends KeyPair {
  readonly algorithm: KeyAlgorithm
}

export interface CreateOptions {
  readonly names: CertificateNames
  readonly algorithm: KeyAlgorithm
  /** Days from `now` until the certificate expires, 1 or more. */
  readonly days: number
  readonly now: Date
  /** An existing authority must be valid at `now` and have the same algorithm. */
  readonly signer: 'itself' | 'new-authority' | Authority
}

export interface CreatedCertificates {
  /** The server's certificate, followed by that of its authority if there is one. */
  readonly cert: string
  readonly key: Secret
  /** The signing authority; null if the certificate is self-signed. */
  readonly authority: Authority | null
}

/** The content of one certificate. */
export interface CertificateContent {
  /** Only letters, digits, `.`, `-`, `_`, `*` and blanks, 64 at most: X.500 requires no escapes for them. */
  readonly commonName: string
  /** The same characters as in `commonName`. It makes the subject unique. */
  readonly organization: string
  readonly names: CertificateNames
  readonly notBefore: Date
  readonly notAfter: Date
  /** 16 bytes in hexadecimal, positive (RFC 5280, 4.1.2.2). */
  readonly serial: string
}

/** The interface of create-ecdsa.ts and create-rsa.ts. */
export interface CertificateMaker {
  selfSigned(content: CertificateContent): Promise<KeyPair>
  authority(content: CertificateContent): Promise<KeyPair>
  signedBy(authority: Authority, content: CertificateContent): Promise<KeyPair>
}
