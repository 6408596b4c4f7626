/** Makes and checks identity tokens: what docker keeps instead of a password, as `<id>.<secret>`. */
import { timingSafeEqual } from 'node:crypto'
import { Secret } from '../errors/secret.js'
import { keyedHash } from './fingerprint.js'
import type { IdentityToken } from './model.js'

export interface IdentityMaking {
  readonly user: string
  readonly client: string
  /** Fingerprint of the user's htpasswd entry. */
  readonly entry: string
  /** Milliseconds since 1970. */
  readonly now: number
  /** As many random bytes as asked for. */
  readonly random: (bytes: number) => Uint8Array
  /** Of the state folder. */
  readonly secret: Uint8Array
}

/** A new one: the record to keep, and the text that the client alone gets. */
export function makeIdentityToken(making: IdentityMaking): { readonly record: IdentityToken; readonly text: Secret } {
  const { user, client, entry, now, random, secret } = making
  const id = Buffer.from(random(8)).toString('hex')
  const hidden = Buffer.from(random(32)).toString('base64url')
  const secretHash = keyedHash(secret, 'identity', id, hidden).toString('base64url')
  return { record: { id, user, client, createdAt: now, secretHash, entry }, text: new Secret(`${id}.${hidden}`) }
}

export interface IdentityCheck {
  /** By their ids. */
  readonly records: ReadonlyMap<string, IdentityToken>
  /** Of the state folder. */
  readonly secret: Uint8Array
  /** The fingerprint of the user's htpasswd entry as it is now; null where there is no such user. */
  readonly entryOf: (user: string) => string | null
}

const grammar = /^([0-9a-f]{16})\.([A-Za-z0-9_-]{43})$/

/** The id that a text begins with; null where it cannot be an identity token. */
export const identityTokenId = (text: string): string | null => grammar.exec(text)?.[1] ?? null

/** The record whose text this is, if its user still has the same entry; otherwise null. */
export function checkIdentityToken(text: string, { records, secret, entryOf }: IdentityCheck): IdentityToken | null {
  const [, id = '', hidden = ''] = grammar.exec(text) ?? []
  const record = records.get(id)
  if (record === undefined) return null
  const given = keyedHash(secret, 'identity', id, hidden)
  const kept = Buffer.from(record.secretHash, 'base64url')
  if (given.length !== kept.length || !timingSafeEqual(given, kept)) return null
  return entryOf(record.user) === record.entry ? record : null
}

/** Tokens of one user: a user who logs in from a new machine each time must not fill the disk. */
export const maxPerUser = 50

/**
 * Those that have to go for `made`, of one user's tokens with it: the ones that were not used for longest. `made` stays also where its
 * gate's clock is behind those of others.
 * @param latestUse of a token, or its creation where it was never used; milliseconds since 1970
 */
export function surplus(
  tokens: readonly IdentityToken[],
  made: IdentityToken,
  latestUse: (token: IdentityToken) => number,
): readonly IdentityToken[] {
  const isMade = ({ id }: IdentityToken) => Number(id === made.id)
  const order = (a: IdentityToken, b: IdentityToken) =>
    isMade(b) - isMade(a) || latestUse(b) - latestUse(a) || b.createdAt - a.createdAt
  return tokens.toSorted(order).slice(maxPerUser)
}
