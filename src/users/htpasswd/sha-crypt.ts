/** SHA-256 crypt ($5$) and SHA-512 crypt ($6$), as `htpasswd -2`, `htpasswd -5` and `openssl passwd` write them. */
import { hash as digest, timingSafeEqual } from 'node:crypto'
import { encodeCryptBase64, maxCryptPassword } from './crypt-base64.js'
import { type HashFormat, tooSlow } from './hash-format.js'

interface Variant {
  readonly name: string
  readonly algorithm: 'sha256' | 'sha512'
  readonly prefix: string
  /** Characters of the digest at the end of a hash. */
  readonly length: number
  readonly groups: readonly (readonly number[])[]
}

/** Fewer rounds than this, or more than nine digits, are refused by crypt(3). */
const roundsAtLeast = 1000
const roundsByDefault = 5000
const roundsLimit = 10_000_000

const sha = (variant: Variant, ...parts: readonly Uint8Array[]): Buffer =>
  digest(variant.algorithm, Buffer.concat(parts), 'buffer')

/** `length` bytes of the pattern, repeated. */
const repeat = (pattern: Buffer, length: number): Buffer => Buffer.alloc(length, pattern)

/** "Unix crypt using SHA-256 and SHA-512" (Ulrich Drepper, version 0.6); the letters are those of its steps. */
function shaCrypt(variant: Variant, password: Buffer, saltText: string, rounds: number): string {
  const salt = Buffer.from(saltText)
  const b = sha(variant, password, salt, password)
  const start: Uint8Array[] = [password, salt, repeat(b, password.length)]
  for (let bits = password.length; bits > 0; bits >>= 1) start.push(bits & 1 ? b : password)
  const a = sha(variant, ...start)
  const p = repeat(sha(variant, repeat(password, password.length ** 2)), password.length)
  const s = repeat(sha(variant, repeat(salt, salt.length * (16 + (a[0] ?? 0)))), salt.length)
  let last = a
  for (let round = 0; round < rounds; round++) {
    const parts: Uint8Array[] = [round & 1 ? p : last]
    if (round % 3 !== 0) parts.push(s)
    if (round % 7 !== 0) parts.push(p)
    parts.push(round & 1 ? last : p)
    last = sha(variant, ...parts)
  }
  return encodeCryptBase64(last, variant.groups)
}

function shaFormat(variant: Variant): HashFormat {
  const escaped = variant.prefix.replaceAll('$', '\\$')
  const complete = new RegExp(
    `^${escaped}(?:rounds=([1-9]\\d{0,8})\\$)?([!-#%-9;-~]{0,16})\\$([./0-9A-Za-z]{${variant.length}})$`,
  )
  return {
    name: variant.name,
    begins: new RegExp(`^${escaped}`),
    fault(hash) {
      const parts = complete.exec(hash)
      if (parts === null) return `is not a complete ${variant.name} hash`
      const rounds = Number(parts[1] ?? roundsByDefault)
      if (rounds < roundsAtLeast) return `names fewer than ${roundsAtLeast} rounds`
      return rounds > roundsLimit ? tooSlow : null
    },
    matches(password, hash) {
      const [, rounds = roundsByDefault, salt = '', expected = ''] = complete.exec(hash) ?? []
      const bytes = Buffer.from(password)
      const found = shaCrypt(variant, bytes.subarray(0, maxCryptPassword), salt, Number(rounds))
      return timingSafeEqual(Buffer.from(found), Buffer.from(expected)) && bytes.length <= maxCryptPassword
    },
    decoy(hash) {
      const [, rounds = roundsByDefault, salt = ''] = complete.exec(hash) ?? []
      return `${variant.prefix}rounds=${rounds}$${'.'.repeat(salt.length)}$${'.'.repeat(variant.length)}`
    },
  }
}

/** Both orders of bytes walk three thirds of the digest and rotate them from group to group. */
function rotatedGroups(third: number, rotate: (group: readonly number[]) => number[]): number[][] {
  const groups = [[0, third, 2 * third]]
  for (let group = groups[0] ?? []; groups.length < third; groups.push(group)) {
    group = rotate(group).map(position => position + 1)
  }
  return groups
}

export const sha256crypt = shaFormat({
  name: 'SHA-256 crypt',
  algorithm: 'sha256',
  prefix: '$5$',
  length: 43,
  groups: [...rotatedGroups(10, ([a = 0, b = 0, c = 0]) => [c, a, b]), [31, 30]],
})

export const sha512crypt = shaFormat({
  name: 'SHA-512 crypt',
  algorithm: 'sha512',
  prefix: '$6$',
  length: 86,
  groups: [...rotatedGroups(21, ([a = 0, b = 0, c = 0]) => [b, c, a]), [63]],
})
