/** Finds where a message ends among the bytes of a connection, so that the next message can be read later. */

/** How the end of a body is marked: RFC 9112 section 6.3. */
export type BodyFraming = { readonly kind: 'length'; readonly bytes: number } | { readonly kind: 'chunked' }

/** `between` messages, in a `head`, in the body (`length`, `chunk-size`, `chunk`) or in the `trailer` section behind the last chunk. */
type Place = 'between' | 'head' | 'length' | 'chunk-size' | 'chunk' | 'trailer'

const lf = 0x0a
const cr = 0x0d
const semicolon = 0x3b

/**
 * Follows the framing of the requests of one connection. It only says where to cut the bytes: the parser that gets them refuses what is
 * malformed. Takes linear time.
 */
export class MessageEnd {
  private place: Place = 'between'
  /** Bytes of the body, or of the chunk and the line end behind it, that have still to come. */
  private left = 0
  /** Position in the line: the empty line that ends a head or a trailer section may arrive in two pieces. */
  private line: 'begun' | 'at start' | 'behind CR' = 'begun'
  private sizeIsRead = false

  /** Whether the last byte taken ended a message, or no message has begun. */
  get isBetween(): boolean {
    return this.place === 'between'
  }

  /** @returns how many of the bytes belong to the present head, or to the present body with its trailers; pass the rest again */
  take(bytes: Buffer): number {
    switch (this.place) {
      case 'between':
      case 'head':
        return this.takeHead(bytes)
      case 'length':
        return this.takeBody(bytes)
      default:
        return this.takeChunks(bytes)
    }
  }

  /** Call this behind the last byte of a head. @param framing of the body; null where there is no body */
  headEnded(framing: BodyFraming | null): void {
    if (framing === null || (framing.kind === 'length' && framing.bytes === 0)) return
    this.place = framing.kind === 'length' ? 'length' : 'chunk-size'
    this.left = framing.kind === 'length' ? framing.bytes : 0
  }

  private takeHead(bytes: Buffer): number {
    let from = 0
    if (this.place === 'between') {
      // Empty lines in front of a request are ignored: RFC 9112 section 2.2.
      while (bytes[from] === cr || bytes[from] === lf) from++
      if (from === bytes.length) return from
      this.place = 'head'
      this.line = 'begun'
    }
    const end = this.emptyLine(bytes, from)
    if (end === -1) return bytes.length
    this.place = 'between'
    return end
  }

  private takeBody(bytes: Buffer): number {
    const taken = Math.min(this.left, bytes.length)
    this.left -= taken
    if (this.left === 0) this.place = 'between'
    return taken
  }

  private takeChunks(bytes: Buffer): number {
    let at = 0
    while (at < bytes.length) {
      if (this.place === 'chunk') {
        const taken = Math.min(this.left, bytes.length - at)
        this.left -= taken
        at += taken
        if (this.left === 0) this.place = 'chunk-size'
      } else if (this.place === 'chunk-size') {
        at = this.takeSize(bytes, at)
      } else {
        const end = this.emptyLine(bytes, at)
        if (end === -1) return bytes.length
        this.place = 'between'
        return end
      }
    }
    return at
  }

  /** Reads a line such as `1f;name=value`. @returns the position behind it, or behind all bytes */
  private takeSize(bytes: Buffer, from: number): number {
    for (let at = from; at < bytes.length; at++) {
      const byte = bytes[at] ?? 0
      if (byte === lf) {
        this.place = this.left === 0 ? 'trailer' : 'chunk'
        if (this.left > 0) this.left += 2
        this.line = 'at start'
        this.sizeIsRead = false
        return at + 1
      }
      if (byte === semicolon) this.sizeIsRead = true
      const digit = this.sizeIsRead ? -1 : hexDigit(byte)
      if (digit >= 0) this.left = this.left * 16 + digit
    }
    return bytes.length
  }

  /** @returns the position behind the first empty line that ends at or behind `from`; -1 where there is none */
  private emptyLine(bytes: Buffer, from: number): number {
    let at = from
    while (at < bytes.length) {
      const byte = bytes[at]
      if (this.line !== 'begun') {
        if (byte === lf) return at + 1
        const isCr = byte === cr && this.line === 'at start'
        this.line = isCr ? 'behind CR' : 'begun'
        if (isCr) {
          at++
          continue
        }
      }
      const end = bytes.indexOf(lf, at)
      if (end === -1) return -1
      at = end + 1
      this.line = 'at start'
    }
    return -1
  }
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  const lower = byte | 0x20
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1
}
