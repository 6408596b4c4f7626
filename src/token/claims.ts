/** What stands in our access tokens, written and read: distribution, docs/content/spec/auth/jwt.md, and RFC 7519. */
import { z } from 'zod'
import type { AccessClaims } from './model.js'

/** In whole seconds since 1970, as registries want them (a number with a fraction is refused). */
export interface TimedClaims {
  readonly claims: AccessClaims
  readonly notBefore: number
  readonly expiresAt: number
}

export interface Issuance extends TimedClaims {
  readonly issuer: string
  readonly service: string
  readonly tokenId: string
}

/** `aud` is one text, because distribution 2.8 refuses a list. */
export function writeClaims({ claims, issuer, service, tokenId, notBefore, expiresAt }: Issuance): string {
  return JSON.stringify({
    iss: issuer,
    sub: claims.user ?? '',
    aud: service,
    exp: expiresAt,
    nbf: notBefore,
    iat: notBefore,
    jti: tokenId,
    access: claims.access.map(({ type, name, actions }) => ({ type, name, actions })),
    entry: claims.entry,
  })
}

const seconds = z.int().min(0)
const text = z.string()
const shape = z.strictObject({
  iss: text,
  sub: text,
  aud: text,
  exp: seconds,
  nbf: seconds,
  iat: seconds,
  jti: text,
  access: z.array(z.strictObject({ type: text, name: text, actions: z.array(text) })),
  entry: text,
})

/**
 * What writeClaims wrote for this issuer and service; null for anything else. The bytes have to be the ones that we would write
 * ourselves, so that a repeated key, a float or an unknown claim cannot mean something else to another reader.
 */
export function readClaims(payload: Uint8Array, issuer: string, service: string): TimedClaims | null {
  const read = shape.safeParse(parseJson(payload))
  if (!read.success || !Buffer.from(JSON.stringify(read.data)).equals(payload)) return null
  const { iss, sub, aud, exp, nbf, access, entry } = read.data
  if (iss !== issuer || aud !== service || exp <= nbf) return null
  return { claims: { user: sub === '' ? null : sub, entry, access }, notBefore: nbf, expiresAt: exp }
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString())
  } catch {
    return null
  }
}
