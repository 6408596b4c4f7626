/** What every kind of password hash must be able to do. */

/** Pure, and as slow as the hash wants it: `matches` belongs into a worker thread. */
export interface HashFormat {
  /** For people: `bcrypt`, `SHA-512 crypt`. */
  readonly name: string
  /** Tells the format by its beginning. No two formats begin alike. */
  readonly begins: RegExp
  /** Why this hash can never be compared, in one clause; null when it can. */
  fault(hash: string): string | null
  /** Whether the password, as UTF-8, gives this hash. Only for a hash without a fault. */
  matches(password: string, hash: string): boolean
  /**
   * A hash of the same cost that no password gives. Hashes of equal cost have the same decoy, whatever their salt, so it
   * tells nothing about any user.
   */
  decoy(hash: string): string
}

/** A single check that takes longer than about a minute would block its thread and help nobody. */
export const tooSlow = 'would take minutes to compare'
