/** Text as nginx handles it: each character is one byte, as in Node's request targets and headers. */

/** Converts text to its UTF-8 bytes, as characters 0 to 255. Plain ASCII stays as it is. */
export function toBytes(text: string): string {
  return /[^\0-\x7f]/.test(text) ? Buffer.from(text, 'utf8').toString('latin1') : text
}

/** Converts such bytes from UTF-8 back to text. */
export function fromBytes(bytes: string): string {
  return /[^\0-\x7f]/.test(bytes) ? Buffer.from(bytes, 'latin1').toString('utf8') : bytes
}
