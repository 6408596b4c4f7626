/** Text as nginx sees it: a string in which every character is one byte, as Node gives request targets and headers. */

/** UTF-8 bytes as characters 0 to 255; plain ASCII stays what it is. */
export function toBytes(text: string): string {
  return /[^\0-\x7f]/.test(text) ? Buffer.from(text, 'utf8').toString('latin1') : text
}

/** The text that such bytes spell in UTF-8. */
export function fromBytes(bytes: string): string {
  return /[^\0-\x7f]/.test(bytes) ? Buffer.from(bytes, 'latin1').toString('utf8') : bytes
}
