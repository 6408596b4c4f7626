/** The hashes that take no time at all: {SHA} and {SSHA} (RFC 2307), and nginx's {PLAIN}, which is no hash. */
import { hash as digest, timingSafeEqual } from 'node:crypto'
import type { HashFormat } from './hash-format.js'

const sha1 = (...parts: readonly Uint8Array[]): Buffer => digest('sha1', Buffer.concat(parts), 'buffer')

const base64 = /^\{[A-Z]+\}[A-Za-z0-9+/]+={0,2}$/

/** The bytes behind `{NAME}`: the digest, and what follows it is the salt. */
function decode(hash: string): { readonly digest: Buffer; readonly salt: Buffer } {
  const bytes = Buffer.from(hash.slice(hash.indexOf('}') + 1), 'base64')
  return { digest: bytes.subarray(0, 20), salt: bytes.subarray(20) }
}

export const sha: HashFormat = {
  name: '{SHA}',
  begins: /^\{SHA\}/,
  fault(hash) {
    const parts = decode(hash)
    const whole = base64.test(hash) && parts.digest.length === 20 && parts.salt.length === 0
    return whole ? null : 'is not a complete {SHA} hash'
  },
  matches: (password, hash) => timingSafeEqual(sha1(Buffer.from(password)), decode(hash).digest),
  decoy: () => `{SHA}${Buffer.alloc(20).toString('base64')}`,
}

export const ssha: HashFormat = {
  name: '{SSHA}',
  begins: /^\{SSHA\}/,
  fault: hash => (base64.test(hash) && decode(hash).digest.length === 20 ? null : 'is not a complete {SSHA} hash'),
  matches(password, hash) {
    const expected = decode(hash)
    return timingSafeEqual(sha1(Buffer.from(password), expected.salt), expected.digest)
  },
  decoy: hash => `{SSHA}${Buffer.alloc(20 + decode(hash).salt.length).toString('base64')}`,
}

export const plain: HashFormat = {
  name: '{PLAIN}',
  begins: /^\{PLAIN\}/,
  fault: hash => (hash === '{PLAIN}' ? 'has no password behind {PLAIN}' : null),
  // Digests, because timingSafeEqual wants equal lengths, and a length is a hint.
  matches: (password, hash) =>
    timingSafeEqual(sha1(Buffer.from(password)), sha1(Buffer.from(hash.slice('{PLAIN}'.length)))),
  // No line of a file contains a NUL, and no password with one is ever accepted.
  decoy: () => '{PLAIN}\0',
}
