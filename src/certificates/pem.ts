/** Finds the blocks of a PEM file (RFC 7468) and says what a file holds that is not the expected one. */

export interface PemBlock {
  /** `CERTIFICATE`, `PRIVATE KEY`, `EC PRIVATE KEY`, `ENCRYPTED PRIVATE KEY` … */
  readonly label: string
  /** The whole block with its first and last line, lines ending in `\n`. */
  readonly text: string
}

/** All complete blocks, in order; what stands around them is left out. */
export function pemBlocks(text: string): PemBlock[] {
  const blocks: PemBlock[] = []
  /** Where the block of each label begins that has not ended yet. */
  const begun = new Map<string, number>()
  for (const { 0: line, 1: kind, 2: label = '', index } of text.matchAll(/-----(BEGIN|END) ([A-Z0-9 ]+)-----/g)) {
    const start = begun.get(label)
    if (kind === 'BEGIN') begun.set(label, start ?? index)
    else if (start !== undefined) {
      blocks.push({ label, text: `${text.slice(start, index + line.length).replaceAll('\r', '')}\n` })
      begun.clear()
    }
  }
  return blocks
}

export function isCertificate(block: PemBlock): boolean {
  return block.label === 'CERTIFICATE' || block.label === 'X509 CERTIFICATE'
}

export function isPrivateKey(block: PemBlock): boolean {
  return block.label.endsWith('PRIVATE KEY')
}

/** PKCS#8 says so in the label, the older OpenSSL form in a header line. */
export function isEncrypted(block: PemBlock): boolean {
  return block.label === 'ENCRYPTED PRIVATE KEY' || /^Proc-Type: 4,ENCRYPTED/m.test(block.text)
}
