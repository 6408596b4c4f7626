/** Every password hash that is understood, and the named ones that are not. A new format is a row here and a file beside. */
import { bcrypt } from './bcrypt.js'
import type { HashFormat } from './hash-format.js'
import { apr1, md5crypt } from './md5-crypt.js'
import { sha256crypt, sha512crypt } from './sha-crypt.js'
import { plain, sha, ssha } from './unstretched.js'

/** What nginx 1.22 accepts on Debian 12, except DES crypt and yescrypt, whose algorithms Node does not have. */
export const hashFormats: readonly HashFormat[] = [bcrypt, apr1, md5crypt, sha256crypt, sha512crypt, sha, ssha, plain]

/** The first row that fits says what is wrong with a text that no format knows. */
const unusable: readonly { readonly looks: RegExp; readonly message: string }[] = [
  { looks: /^$/, message: 'has no password' },
  { looks: /^\$2x\$/, message: 'has a $2x$ hash, the mark of a broken bcrypt, which is not accepted' },
  { looks: /^\$\$/, message: 'has a hash with every $ doubled, as it belongs into a compose file only' },
  { looks: /^\$(y|gy|7)\$/, message: 'has a yescrypt or scrypt hash, which is not supported' },
  { looks: /^\$argon2/, message: 'has an Argon2 hash, which is not supported' },
  { looks: /^\$/, message: 'has a hash of an unknown kind' },
  { looks: /^\{[A-Za-z0-9-]+\}/, message: 'has a hash of an unknown {scheme}' },
  { looks: /^[./0-9A-Za-z]{13}$/, message: 'has a DES crypt hash (or a plain password), which is not supported' },
]

function formatOf(hash: string): HashFormat | undefined {
  return hashFormats.find(format => format.begins.test(hash))
}

/** Why nobody can log in with this hash, as a clause that follows the user's name; null when the hash can be used. */
export function faultOfHash(hash: string): string | null {
  const format = formatOf(hash)
  if (format !== undefined) {
    const fault = format.fault(hash)
    if (fault === null) return null
    return fault.startsWith('has ') ? fault : `has a hash that ${fault}`
  }
  return unusable.find(row => row.looks.test(hash))?.message ?? 'has a password that is not hashed'
}

/** Whether the password gives this hash. Takes the time that the hash wants; throws for a hash with a fault. */
export function matchesHash(password: string, hash: string): boolean {
  const format = formatOf(hash)
  if (format === undefined || format.fault(hash) !== null) throw new Error('this hash cannot be compared')
  return format.matches(password, hash)
}

/** A hash that no password gives and whose comparison takes as long. Throws for a hash of no known format. */
export function decoyOf(hash: string): string {
  const format = formatOf(hash)
  if (format === undefined) throw new Error('this hash cannot be compared')
  return format.decoy(hash)
}
