/** What the token service works with, as plain data that goes from the primary to its workers. */

/**
 * A scope of the Docker token specification: `repository:team/app:pull,push`, `registry:catalog:*`.
 * Source: distribution, docs/content/spec/auth/scope.md.
 */
export interface Scope {
  readonly type: string
  readonly name: string
  /** Without duplicates, in the order in which they were asked for; `*` is any action. */
  readonly actions: readonly string[]
}

/** ES256, in text form: it stands in one file of DATA/portcullis/token-keys/ and goes to the workers and nowhere else. */
export interface SigningKey {
  /** The name of its file. */
  readonly id: string
  /** Milliseconds since 1970. */
  readonly createdAt: number
  /** Milliseconds since 1970: until then it is only known, so that all gates and backends can learn of it first. */
  readonly signsFrom: number
  /** PKCS #8 in PEM. */
  readonly privateKey: string
  /** Self-signed, in PEM: what a registry that checks tokens itself has as rootcertbundle, and the token as x5c. */
  readonly certificate: string
}

/** What docker keeps instead of a password; only a hash of it stands in a file of DATA/portcullis/identity-tokens/. */
export interface IdentityToken {
  /** Shown by `portcullis tokens list`; no secret. */
  readonly id: string
  readonly user: string
  /** What the client calls itself: `docker`. */
  readonly client: string
  /** Milliseconds since 1970. */
  readonly createdAt: number
  /** Keyed hash of the secret part, in base64url. */
  readonly secretHash: string
  /** Fingerprint of the user's htpasswd entry at that time: a changed password ends the token. */
  readonly entry: string
}

/** What an access token says, once its signature is checked. */
export interface AccessClaims {
  /** null: anonymous. */
  readonly user: string | null
  /** Fingerprint of the user's htpasswd entry when the token was issued; '' for anonymous. */
  readonly entry: string
  readonly access: readonly Scope[]
}
