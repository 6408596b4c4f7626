/**
 * Manifests that are held in memory while they are judged and stored: all of one process together within a bound.
 * (decision R16)
 */
import type { IncomingMessage } from 'node:http'
import { RequestError } from '../errors/request-error.js'

/** Bytes of one manifest; the limit of distribution and of the OCI specification. */
export const manifestLimit = 4 * 1024 * 1024

export interface ManifestBuffer {
  /**
   * Reads the body of a request and holds it until `use` has ended.
   * @param limit bytes of this one
   * @throws RequestError 413 for a larger one, 400 for one that breaks off, 503 where newer ones need its place before all of it is there
   */
  hold<T>(request: IncomingMessage, limit: number, use: (manifest: Buffer) => Promise<T>): Promise<T>
}

interface Place {
  bytes: number
  giveWay(): void
}

/**
 * Whoever has held a place for longest gives way to the next one that needs it: so nobody who is slow on purpose keeps others from
 * pushing, and those who are not have left long before.
 * @param maxBytes of all that are held at once; at least one manifest's
 */
export function createManifestBuffer(maxBytes: number): ManifestBuffer {
  /** The oldest first. */
  const places = new Set<Place>()
  let held = 0

  const leave = (place: Place) => {
    places.delete(place)
    held -= place.bytes
    place.bytes = 0
  }
  const grow = (place: Place, bytes: number) => {
    held += bytes - place.bytes
    place.bytes = bytes
    for (const oldest of places) {
      if (held <= maxBytes) return
      leave(oldest)
      oldest.giveWay()
    }
  }
  return {
    async hold(request, limit, use) {
      const place: Place = { bytes: 0, giveWay: () => {} }
      places.add(place)
      try {
        const manifest = await read(request, limit, bytes => grow(place, bytes), place)
        // Read to its end, and still here: a client that does not take its answers, or a backend that gives none.
        place.giveWay = () => request.socket.destroy()
        return await use(manifest)
      } finally {
        leave(place)
      }
    },
  }
}

/** Those of this process. */
export const manifestBuffer = createManifestBuffer(16 * manifestLimit)

/** Bytes that most manifests fit into. */
const firstBytes = 16 * 1024

/** Into one piece of memory that is made larger as it fills: a body in tiny chunks costs many times its length as a list of them. */
function read(request: IncomingMessage, limit: number, grow: (bytes: number) => void, place: Place): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const tooLarge = new RequestError('body-too-large', { message: `a manifest has at most ${limit} bytes here` })
    let memory = Buffer.alloc(0)
    let bytes = 0
    // The request stays open, so that a refusal can be sent.
    const stop = () => request.off('data', take).off('end', end).off('error', broken).off('close', broken)
    const refuse = (error: RequestError) => {
      stop()
      reject(error)
    }
    const take = (chunk: Buffer) => {
      const needed = bytes + chunk.length
      if (needed > limit) return refuse(tooLarge)
      if (needed > memory.length) {
        const larger = Buffer.allocUnsafeSlow(Math.min(limit, Math.max(needed, 2 * memory.length, firstBytes)))
        memory.copy(larger, 0, 0, bytes)
        memory = larger
        grow(larger.length)
      }
      chunk.copy(memory, bytes)
      bytes = needed
    }
    const end = () => {
      stop()
      resolve(memory.subarray(0, bytes))
    }
    const broken = (cause?: Error) => {
      refuse(new RequestError('size-invalid', { message: 'the manifest broke off', ...(cause ? { cause } : {}) }))
    }
    place.giveWay = () =>
      refuse(
        new RequestError('busy', {
          message: 'too many manifests are on their way, and this one came slowly',
          headers: { 'Retry-After': '1' },
        }),
      )
    if (Number(request.headers['content-length'] ?? 0) > limit) return refuse(tooLarge)
    if (request.destroyed) return broken()
    request.on('data', take).once('end', end).once('error', broken).once('close', broken)
  })
}
