/**
 * Streams a file, or ranges of it, to a client; a client that goes away ends it quietly, a file that is too short
 * breaks the transfer. (decision G8)
 */
import { randomUUID } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import type { OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { type ByteRange, lengthOf } from './byte-ranges.js'

/**
 * Bytes that are read at once. A transfer holds one block, and OpenSSL its encrypted copy: the next block is read when the system has taken
 * this one, and what the system holds to send bridges the time that reading takes.
 */
const blockSize = 512 * 1024

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
    return send(response, ranges === 'all' ? 200 : 206, head, file, [single])
  }
  const parts = multipart([single, ...others], size, contentType)
  const head = { ...headers, 'Content-Type': parts.contentType, 'Content-Length': parts.length }
  return send(response, 206, head, file, parts.pieces)
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
    pieces: [...parts.flatMap(part => [part.head, part.range]), tail],
  }
}

/** Tells a fault of the disk from one of the connection. */
class FileFault extends Error {
  override readonly name = 'FileFault'
}

/** @param pieces of the body: bytes as they are, and ranges of the file */
async function send(
  response: ServerResponse,
  status: number,
  head: OutgoingHttpHeaders,
  file: FileHandle,
  pieces: readonly (Buffer | ByteRange)[],
): Promise<void> {
  response.writeHead(status, head)
  try {
    for (const piece of pieces) {
      const isSent = Buffer.isBuffer(piece) ? await write(response, piece) : await sendRange(response, file, piece)
      // The connection has ended, and no client is left to be told.
      if (!isSent) return
    }
    response.end()
  } catch (error) {
    // Never a short success.
    response.destroy()
    throw error
  }
}

/** @returns whether the whole range was sent @throws FileFault where the file ends before the range does, or cannot be read */
async function sendRange(response: ServerResponse, file: FileHandle, range: ByteRange): Promise<boolean> {
  const block = Buffer.allocUnsafeSlow(Math.min(blockSize, lengthOf(range)))
  for (let position = range.start; position <= range.end; ) {
    const bytes = await read(file, block, position, range.end + 1 - position)
    if (bytes === 0) throw new FileFault(`the file ends at byte ${position}, before the end of what was promised`)
    position += bytes
    if (!(await write(response, block.subarray(0, bytes)))) return false
  }
  return true
}

async function read(file: FileHandle, block: Buffer, position: number, wanted: number): Promise<number> {
  try {
    const { bytesRead } = await file.read(block, 0, Math.min(block.length, wanted), position)
    return bytesRead
  } catch (cause) {
    throw new FileFault(`the file cannot be read at byte ${position}`, { cause })
  }
}

/** Resolves with true when the system has taken the bytes, and they may be overwritten; with false when the connection has ended. */
function write(response: ServerResponse, bytes: Buffer): Promise<boolean> {
  return new Promise(resolve => {
    if (response.destroyed) return resolve(false)
    const onClose = () => resolve(false)
    response.once('close', onClose)
    response.write(bytes, error => {
      response.off('close', onClose)
      resolve(error === null || error === undefined)
    })
  })
}
