/** Takes a request body to a file in large batches: hashed on the way, at most two batches in memory, the client waits for the disk. */
import type { Hash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import type { Readable } from 'node:stream'

const batchBytes = 1024 * 1024
/** Tiny chunks cost more memory than they carry. */
const batchChunks = 512

/** What a refusal says when the client went away; mostly for the log. */
export const bodyBrokeOff = 'the client closed the connection before the body was complete'

export interface Destination {
  readonly file: FileHandle
  /** Offset of the body's first byte. */
  readonly position: number
  /** Each sees every byte that was written, in order; what they say after a failed write is void. */
  readonly hashes: Iterable<Hash>
  /** More bytes than this are refused; Infinity for no limit. */
  readonly limit: number
}

/** How far it came, and why no further. All bytes before `position` are in the file. */
export interface Received {
  /** Offset behind the last byte in the file. */
  readonly position: number
  readonly ended: 'complete' | 'too-long' | 'client-gone'
}

/** Rejects with the system's error when the file cannot be written. The request stays open, so that a refusal can be sent. */
export async function receiveBody(request: Readable, destination: Destination): Promise<Received> {
  const { file, hashes, limit } = destination
  let { position } = destination
  let batch: Buffer[] = []
  let size = 0
  let writing = Promise.resolve()
  const flush = async () => {
    await writing
    writing = writeAll(file, batch, position)
    // Awaited with the next batch; until then its rejection must not count as unhandled.
    writing.catch(() => {})
    position += size
    batch = []
    size = 0
  }
  const body = chunksOf(request)
  try {
    let chunk = await body.next()
    for (; Buffer.isBuffer(chunk); chunk = await body.next()) {
      if (position + size + chunk.length - destination.position > limit) break
      for (const hash of hashes) hash.update(chunk)
      batch.push(chunk)
      size += chunk.length
      if (size >= batchBytes || batch.length >= batchChunks) await flush()
    }
    await flush()
    await writing
    return { position, ended: Buffer.isBuffer(chunk) ? 'too-long' : chunk }
  } finally {
    await body.release()
  }
}

interface Body {
  /** The next chunk, or how the body ended. */
  next(): Promise<Buffer | 'complete' | 'client-gone'>
  /** Leaves the rest of the body to another reader: a request that is not released cannot be drained. */
  release(): Promise<void>
}

function chunksOf(request: Readable): Body {
  const iterator: AsyncIterator<unknown> = request.iterator({ destroyOnReturn: false })
  return {
    async next() {
      try {
        const next = await iterator.next()
        if (next.done === true) return 'complete'
        return Buffer.isBuffer(next.value) ? next.value : Buffer.from(String(next.value))
      } catch {
        return 'client-gone'
      }
    },
    async release() {
      await iterator.return?.()
    },
  }
}

/** A write may take less than it was given, for one when the disk is nearly full. */
async function writeAll(file: FileHandle, chunks: readonly Buffer[], position: number): Promise<void> {
  let rest = chunks
  let offset = position
  while (rest.length > 0) {
    const { bytesWritten } = await file.writev([...rest], offset)
    if (bytesWritten === 0) throw new Error('the file system takes no more bytes')
    offset += bytesWritten
    rest = withoutFirst(rest, bytesWritten)
  }
}

function withoutFirst(chunks: readonly Buffer[], bytes: number): readonly Buffer[] {
  let left = bytes
  for (const [index, chunk] of chunks.entries()) {
    if (left < chunk.length) return [chunk.subarray(left), ...chunks.slice(index + 1)]
    left -= chunk.length
  }
  return []
}
