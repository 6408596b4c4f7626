/**
 * The Range header of a download (RFC 9110, section 14) and the Content-Range of an upload's chunk (OCI
 * distribution-spec 1.1). (decision G7)
 */

/** Both ends are offsets of bytes that belong to it. */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

/** The default of Apache's MaxRanges. Each range is read and framed for itself, and a head has room for 8,000 of them. */
const maxRanges = 200

/**
 * What to send of `size` bytes. A header that is malformed, of another unit, with too many ranges or that asks for more bytes than there
 * are (overlapping ranges) is ignored, as RFC 9110, 14.2 allows; `unsatisfiable` when no range touches the content.
 */
export function requestedRanges(
  header: string | undefined,
  size: number,
): readonly ByteRange[] | 'all' | 'unsatisfiable' {
  const list = /^bytes\s*=(.+)$/is.exec(header ?? '')?.[1]
  if (list === undefined) return 'all'
  const ranges: ByteRange[] = []
  for (const text of list.split(',')) {
    if (text.trim() === '') continue
    const match = /^\s*(\d*)-(\d*)\s*$/.exec(text)
    const [first, final] = [match?.[1] ?? '', match?.[2] ?? '']
    if (first === '' && final === '') return 'all'
    if (first !== '' && final !== '' && Number(final) < Number(first)) return 'all'
    const start = first === '' ? Math.max(0, size - Number(final)) : Number(first)
    const end = first === '' || final === '' ? size - 1 : Math.min(Number(final), size - 1)
    if (start <= end) ranges.push({ start, end })
    if (ranges.length > maxRanges) return 'all'
  }
  if (ranges.length === 0) return 'unsatisfiable'
  const asked = ranges.reduce((sum, range) => sum + lengthOf(range), 0)
  return asked > size ? 'all' : ranges
}

export const lengthOf = (range: ByteRange): number => range.end - range.start + 1

/** `start-end`, with or without HTTP's unit and total around it; null when malformed. */
export function chunkRange(header: string): ByteRange | null {
  const match = /^(?:bytes[ =])?(\d{1,15})-(\d{1,15})(?:\/(?:\d+|\*))?$/.exec(header.trim())
  if (match === null) return null
  const range = { start: Number(match[1]), end: Number(match[2]) }
  return range.end < range.start ? null : range
}
