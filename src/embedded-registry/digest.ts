/** Content digests that the store can check: `sha256:` and `sha512:` in lower-case hex (OCI image-spec 1.1, "Digests"). */
import { createHash, type Hash } from 'node:crypto'
import { RequestError } from '../errors/request-error.js'
import { isDigest } from '../registry-api/names.js'

export type DigestAlgorithm = 'sha256' | 'sha512'

export interface Digest {
  readonly algorithm: DigestAlgorithm
  readonly hex: string
  /** `algorithm:hex`, as it stands in paths, headers and link files. */
  readonly text: string
}

/** Blobs are stored under this algorithm, whatever the client named; as distribution's `digest.Canonical`. */
export const canonicalAlgorithm: DigestAlgorithm = 'sha256'

const pattern = /^(?:(sha256):([0-9a-f]{64})|(sha512):([0-9a-f]{128}))$/

/** null when the text is no digest, or one of an algorithm that cannot be checked here. */
export function readDigest(text: string): Digest | null {
  const match = pattern.exec(text)
  if (match === null) return null
  const algorithm = match[1] === undefined ? 'sha512' : 'sha256'
  return { algorithm, hex: match[2] ?? match[4] ?? '', text }
}

/**
 * Whether a manifest may name this as a digest: one of an algorithm that cannot be checked here passes by the grammar alone (OCI image-spec
 * 1.1, "Digests").
 */
export const isNameable = (text: string): boolean =>
  isDigest(text) && (readDigest(text) !== null || !/^sha(?:256|512):/.test(text))

/** @throws RequestError digest-invalid */
export function requireDigest(text: string | null): Digest {
  const digest = text === null ? null : readDigest(text)
  if (digest !== null) return digest
  throw new RequestError('digest-invalid', {
    message: 'a sha256 or sha512 digest in lower-case hex is required',
    detail: { digest: text },
  })
}

/** The digest of what a hash has seen so far; the hash itself can go on. */
export function digestOf(algorithm: DigestAlgorithm, hash: Hash): Digest {
  const hex = hash.copy().digest('hex')
  return { algorithm, hex, text: `${algorithm}:${hex}` }
}

export function digestOfBytes(algorithm: DigestAlgorithm, bytes: Uint8Array): Digest {
  return digestOf(algorithm, createHash(algorithm).update(bytes))
}
