/** The two hashes that repeat MD5 a thousand times: $apr1$ (htpasswd's default) and $1$ (crypt(3), `openssl passwd -1`). */
import { hash as digest, timingSafeEqual } from 'node:crypto'
import { encodeCryptBase64, maxCryptPassword } from './crypt-base64.js'
import type { HashFormat } from './hash-format.js'

const complete = /^(\$(?:apr1|1)\$)([!-#%-9;-~]{0,8})\$([./0-9A-Za-z]{22})$/

const groups = [[0, 6, 12], [1, 7, 13], [2, 8, 14], [3, 9, 15], [4, 10, 5], [11]]

const md5 = (...parts: readonly Uint8Array[]): Buffer => digest('md5', Buffer.concat(parts), 'buffer')

/** The algorithm of Poul-Henning Kamp (FreeBSD, 1994), as apr_md5_encode and crypt(3) have it. */
function md5Crypt(password: Buffer, prefix: string, saltText: string): string {
  const salt = Buffer.from(saltText)
  const inner = md5(password, salt, password)
  const start: Uint8Array[] = [password, Buffer.from(prefix), salt]
  for (let left = password.length; left > 0; left -= 16) start.push(inner.subarray(0, Math.min(16, left)))
  for (let bits = password.length; bits > 0; bits >>= 1) {
    start.push(bits & 1 ? Buffer.from([0]) : password.subarray(0, 1))
  }
  let last = md5(...start)
  for (let round = 0; round < 1000; round++) {
    const parts: Uint8Array[] = [round & 1 ? password : last]
    if (round % 3 !== 0) parts.push(salt)
    if (round % 7 !== 0) parts.push(password)
    parts.push(round & 1 ? last : password)
    last = md5(...parts)
  }
  return encodeCryptBase64(last, groups)
}

function md5Format(name: string, prefix: string): HashFormat {
  return {
    name,
    begins: new RegExp(`^${prefix.replaceAll('$', '\\$')}`),
    fault: hash => (complete.test(hash) ? null : `is not a complete ${name} hash`),
    matches(password, hash) {
      const [, , salt = '', expected = ''] = complete.exec(hash) ?? []
      const bytes = Buffer.from(password)
      const found = md5Crypt(bytes.subarray(0, maxCryptPassword), prefix, salt)
      return timingSafeEqual(Buffer.from(found), Buffer.from(expected)) && bytes.length <= maxCryptPassword
    },
    decoy: hash => `${prefix}${'.'.repeat(complete.exec(hash)?.[2]?.length ?? 8)}$${'.'.repeat(22)}`,
  }
}

export const apr1 = md5Format('MD5 (apr1)', '$apr1$')
export const md5crypt = md5Format('MD5 crypt', '$1$')
