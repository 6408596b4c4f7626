/** Connections to the backend that rest between requests, and are given up when anything arrives in the meantime. */
import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'

/** At most so many rest; after so many milliseconds one is closed. */
const kept = { keepAlive: true, maxFreeSockets: 64, timeout: 30_000, scheduling: 'lifo' as const }

/**
 * Milliseconds for which a connection is not used again. What a backend sends too much would be taken for the answer to
 * the next request, and every later answer on the connection for that of another client (CVE-2026-48931); it mostly comes
 * right behind the answer. At 1,000 requests per second this costs fifty connections more.
 */
const restMs = 50

export interface Pools {
  readonly 'http:': HttpAgent
  readonly 'https:': HttpsAgent
}

/** One pool per protocol. */
export function createPools(): Pools {
  return { 'http:': watchful(new HttpAgent(kept)), 'https:': watchful(new HttpsAgent(kept)) }
}

/** Node tells an agent by its event `free` that a connection may serve another request. */
function watchful<Pool extends HttpAgent>(pool: Pool): Pool {
  const released = pool.listeners('free')
  pool.removeAllListeners('free')
  pool.on('free', (socket: Socket, options: unknown) => {
    watch(socket)
    // What came meanwhile is read between a timer and an immediate, even where the event loop was late.
    const release = () => {
      for (const listener of released) listener.call(pool, socket, options)
    }
    setTimeout(() => setImmediate(release), restMs).unref()
  })
  const reuse = pool.reuseSocket.bind(pool)
  pool.reuseSocket = (socket, request) => {
    trust(socket)
    reuse(socket, request)
  }
  return pool
}

const watched = new WeakMap<object, () => void>()

/** Until `trust`: a resting connection on which anything comes, a byte or a fault, is closed. */
function watch(socket: Socket): void {
  const giveUp = () => socket.destroy()
  watched.set(socket, giveUp)
  socket.on('data', giveUp)
  socket.on('error', giveUp)
  if (socket.readableLength > 0) giveUp()
}

function trust(socket: Duplex): void {
  const giveUp = watched.get(socket)
  if (giveUp === undefined) return
  watched.delete(socket)
  socket.off('data', giveUp)
  socket.off('error', giveUp)
}
