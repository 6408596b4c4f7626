/** Streams a file, or ranges of it, to a client; a client that goes away ends it quietly, a file that is too short breaks the transfer. */
import { randomUUID } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import type { OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { type ByteRange, lengthOf } from './byte-ranges.js'

const readSize = 512 * 1024

export interface FileToSend {
  readonly file: FileHandle
  /** Bytes. */
  readonly size: number
  readonly contentType: string
}

/** 200 with everything, 206 with one range, or 206 multipart/byteranges. Resolves when it is sent or the client is gone. */
export async function sendFile(
  response: ServerResponse,
  { file, size, contentType }: FileToSend,
  ranges: readonly ByteRange[] | 'all',
  headers: OutgoingHttpHeaders,
): Promise<void> {
  const [single, ...others] = ranges === 'all' ? [{ start: 0, end: size - 1 }] : ranges
  if (single === undefined) throw new Error('a list of ranges is never empty')
  if (others.length === 0) {
    const part = ranges === 'all' ? {} : { 'Content-Range': contentRange(single, size) }
    const head = { ...headers, ...part, 'Content-Type': contentType, 'Content-Length': lengthOf(single) }
    return send(response, ranges === 'all' ? 200 : 206, head, bytesOf(file, single))
  }
  const parts = multipart([single, ...others], size, contentType)
  const head = { ...headers, 'Content-Type': parts.contentType, 'Content-Length': parts.length }
  return send(response, 206, head, parts.bytes(file))
}

const contentRange = (range: ByteRange, size: number): string => `bytes ${range.start}-${range.end}/${size}`

/** RFC 9110, 14.6 and RFC 2046, 5.1.1. */
function multipart(ranges: readonly ByteRange[], size: number, contentType: string) {
  const boundary = randomUUID()
  const parts = ranges.map((range, index) => ({
    range,
    head: Buffer.from(
      `${index === 0 ? '' : '\r\n'}--${boundary}\r\nContent-Type: ${contentType}\r\n` +
        `Content-Range: ${contentRange(range, size)}\r\n\r\n`,
    ),
  }))
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`)
  return {
    contentType: `multipart/byteranges; boundary=${boundary}`,
    length: parts.reduce((sum, part) => sum + part.head.length + lengthOf(part.range), tail.length),
    async *bytes(file: FileHandle): AsyncGenerator<Buffer> {
      for (const part of parts) {
        yield part.head
        yield* bytesOf(file, part.range)
      }
      yield tail
    },
  }
}

/** Reads the next block while the client takes this one; throws when the file ends before the range does. */
async function* bytesOf(file: FileHandle, range: ByteRange): AsyncGenerator<Buffer> {
  let ahead = readBlock(file, range, range.start)
  try {
    for (let position = range.start; position <= range.end; ) {
      const block = await ahead
      if (block.length === 0)
        throw new FileFault(`the file ends at byte ${position}, before the end of what was promised`)
      position += block.length
      ahead = readBlock(file, range, position)
      yield block
    }
  } finally {
    // The caller closes the file next, which must not happen under a read.
    await ahead.catch(() => {})
  }
}

/** Empty at the end of the range, or of the file. */
async function readBlock(file: FileHandle, range: ByteRange, position: number): Promise<Buffer> {
  const wanted = Math.min(readSize, range.end + 1 - position)
  if (wanted <= 0) return Buffer.alloc(0)
  try {
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafeSlow(wanted), 0, wanted, position)
    return bytesRead === wanted ? buffer : buffer.subarray(0, bytesRead)
  } catch (cause) {
    throw new FileFault(`the file cannot be read at byte ${position}`, { cause })
  }
}

/** Tells a fault of the disk from one of the connection. */
class FileFault extends Error {
  override readonly name = 'FileFault'
}

async function send(
  response: ServerResponse,
  status: number,
  head: OutgoingHttpHeaders,
  bytes: AsyncGenerator<Buffer>,
): Promise<void> {
  response.writeHead(status, head)
  try {
    await pipeline(bytes, response)
  } catch (error) {
    if (error instanceof FileFault) throw error
    // Whatever else ends it is the connection, and then nobody is left to be told.
  }
}
