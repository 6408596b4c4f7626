/** Finds the blocks of a PEM file (RFC 7468) and classifies them. */

export interface PemBlock {
  /** `CERTIFICATE`, `PRIVATE KEY`, `EC PRIVATE KEY`, `ENCRYPTED PRIVATE KEY` … */
  readonly label: string
  /** The whole block with its first and last line; lines end with `\n`. */
  readonly text: string
}

/** Returns all complete blocks in order. Text around them is ignored. */
export function pemBlocks(text: string): PemBlock[] {
  const blocks: PemBlock[] = []
  /** Maps the label of each open block to its start. */
  const openBlocks = new Map<string, number>()
  for (const { 0: line, 1: kind, 2: label = '', index } of text.matchAll(/-----(BEGIN|END) ([A-Z0-9 ]+)-----/g)) {
    const start = openBlocks.get(label)
    if (kind === 'BEGIN') openBlocks.set(label, start ?? index)
    else if (start !== undefined) {
      blocks.push({ label, text: `${text.slice(start, index + line.length).replaceAll('\r', '')}\n` })
      openBlocks.clear()
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

/** PKCS#8 has it in the label, the older OpenSSL form in a header line. */
export function isEncrypted(block: PemBlock): boolean {
  return block.label === 'ENCRYPTED PRIVATE KEY' || /^Proc-Type: 4,ENCRYPTED/m.test(block.text)
}
