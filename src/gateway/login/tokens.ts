/** What the gate knows of tokens; server/worker/tokens.ts puts keys behind it, and the primary with its files. */
import type { Secret } from '../../errors/secret.js'
import type { IssuedToken, PublicKeySet, Verified } from '../../token/key-ring.js'
import type { AccessClaims } from '../../token/model.js'
import type { User } from '../../users/user-source.js'

export interface Tokens {
  issue(claims: AccessClaims): Promise<IssuedToken>
  /** Never rejects. Without keys no token is valid. */
  verify(token: string): Promise<Verified>
  jwks(): PublicKeySet
  /** Changes with the user's name and password. */
  fingerprint(user: User): string
  /** Whose identity token this is; null where it is unknown or revoked, or its user's password is another one since. */
  identityUser(token: string, find: (name: string) => User | null): Promise<string | null>
  /**
   * A new identity token, in force in every worker.
   * @throws RequestError 'not-ready' where it cannot be kept, 'busy' where too many are being kept
   */
  makeIdentity(user: User, client: string): Promise<Secret>
}

/** How the gate acts in token mode. */
export interface TokenMode {
  readonly service: string
  /** Whether clients that ask get an identity token. */
  readonly identity: boolean
  /** Names and addresses for which it speaks, beside those of its servers: of certificates and of --host. */
  readonly names: ReadonlySet<string>
}
