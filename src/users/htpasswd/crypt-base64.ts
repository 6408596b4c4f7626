/** The base64 of crypt(3): its own alphabet, least significant bits first. */

const alphabet = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** crypt(3) implementations refuse longer passwords, whose cost would grow with their length. Bytes. */
export const maxCryptPassword = 511

/**
 * Encodes groups of up to three bytes. Each group names the positions in `bytes`, the most significant byte first; a
 * group of n bytes becomes n + 1 characters.
 */
export function encodeCryptBase64(bytes: Uint8Array, groups: readonly (readonly number[])[]): string {
  let text = ''
  for (const group of groups) {
    let value = 0
    for (const position of group) value = (value << 8) | (bytes[position] ?? 0)
    for (let count = 0; count <= group.length; count++) {
      text += alphabet[value & 63]
      value >>= 6
    }
  }
  return text
}
