/**
 * Signs access tokens and checks them: ES256 with our own keys, and nothing that a token says chooses another key or
 * algorithm. (decision T1)
 */
import { createPrivateKey, hash, X509Certificate } from 'node:crypto'
import { CompactSign, compactVerify } from 'jose'
import { LRUCache } from 'lru-cache'
import { readClaims, type TimedClaims, writeClaims } from './claims.js'
import type { AccessClaims, SigningKey } from './model.js'
import { signer } from './rotation.js'

export interface KeyRingOptions {
  /** At least one, or nothing can be issued. */
  readonly keys: readonly SigningKey[]
  /** `iss`. */
  readonly issuer: string
  /** `aud`: the service of the challenge. */
  readonly service: string
  readonly lifetimeSeconds: number
  /** A new `jti` each time. */
  readonly tokenId: () => string
}

export interface IssuedToken {
  readonly token: string
  readonly expiresInSeconds: number
}

export type Verified =
  | { readonly kind: 'valid'; readonly claims: AccessClaims }
  /** Age is its only fault; `expiredAt` in milliseconds since 1970. */
  | { readonly kind: 'expired'; readonly claims: AccessClaims; readonly expiredAt: number }
  | { readonly kind: 'invalid' }

/** RFC 7517; without `kid`, as our tokens have none. */
export interface PublicKeySet {
  readonly keys: readonly Readonly<Record<string, unknown>>[]
}

/** `now` is in milliseconds since 1970. */
export interface KeyRing {
  issue(claims: AccessClaims, now: number): Promise<IssuedToken>
  /** Never rejects. A token that was right before costs a hash and no signature. */
  verify(token: string, now: number): Promise<Verified>
  jwks(): PublicKeySet
}

/** Longer than any token of ours: the scopes in it are bounded. */
const maxCharacters = 16_384
const maxRemembered = 10_000
/** Of the tokens that are remembered, all together: anonymous clients too can ask for large ones. */
const maxRememberedCharacters = 16 * 1024 * 1024
/**
 * What the clocks of two gates may differ by, as distribution has it; and clients count a token's life from when they got it, and some of
 * them ask for no other one before it is over. (decision T5)
 */
const skewSeconds = 60

/** Keys that cannot be parsed must have been left out before. */
export function createKeyRing(options: KeyRingOptions): KeyRing {
  const { keys, issuer, service, lifetimeSeconds, tokenId } = options
  const known = keys.map(openKey)
  // The first part of a token must be, letter for letter, the one that we write ourselves: it says which key of ours it is.
  const byHeader = new Map(known.map(key => [key.headerPart, key]))
  const remembered = new LRUCache<string, TimedClaims>({ max: maxRemembered, maxSize: maxRememberedCharacters })

  async function prove(token: string): Promise<TimedClaims | null> {
    if (token.length > maxCharacters) return null
    const digest = hash('sha256', token, 'base64')
    const before = remembered.get(digest)
    if (before !== undefined) return before
    const key = byHeader.get(token.slice(0, token.indexOf('.')))
    if (key === undefined || !isCanonical(token)) return null
    const proved = await compactVerify(token, key.publicKey, { algorithms: ['ES256'] }).catch(() => null)
    const found = proved === null ? null : readClaims(proved.payload, issuer, service)
    if (found !== null) remembered.set(digest, found, { size: token.length })
    return found
  }

  return {
    async issue(claims, now) {
      const chosen = signer(keys, now)
      const key = known.find(({ id }) => id === chosen?.id)
      if (key === undefined) throw new Error('there is no key to sign tokens with')
      const notBefore = Math.floor(now / 1000)
      const expiresAt = notBefore + lifetimeSeconds
      const payload = writeClaims({ claims, issuer, service, tokenId: tokenId(), notBefore, expiresAt })
      const signing = new CompactSign(Buffer.from(payload)).setProtectedHeader(key.header)
      return { token: await signing.sign(key.privateKey), expiresInSeconds: lifetimeSeconds }
    },
    async verify(token, now) {
      const found = await prove(token)
      if (found === null || now < (found.notBefore - skewSeconds) * 1000) return { kind: 'invalid' }
      const { claims } = found
      const expiredAt = found.expiresAt * 1000
      return now < expiredAt + skewSeconds * 1000 ? { kind: 'valid', claims } : { kind: 'expired', claims, expiredAt }
    },
    jwks: () => ({ keys: known.map(key => key.jwk) }),
  }
}

function openKey({ id, privateKey, certificate }: SigningKey) {
  const x509 = new X509Certificate(certificate)
  const x5c = [x509.raw.toString('base64')]
  const header = { alg: 'ES256', typ: 'JWT', x5c }
  return {
    id,
    header,
    headerPart: Buffer.from(JSON.stringify(header)).toString('base64url'),
    privateKey: createPrivateKey(privateKey),
    publicKey: x509.publicKey,
    jwk: { ...x509.publicKey.export({ format: 'jwk' }), use: 'sig', alg: 'ES256', x5c },
  }
}

/** Three parts of base64url, each the only way to write its bytes: one signature cannot become many texts. */
function isCanonical(token: string): boolean {
  const parts = token.split('.')
  return parts.length === 3 && parts.every(part => Buffer.from(part, 'base64url').toString('base64url') === part)
}
