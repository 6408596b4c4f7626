/** Connections to backends that rest between requests, and are given up when anything arrives in the meantime. */
import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { polled } from '../http/polled.js'
import { createTrust, type Trust } from './trust.js'

export interface Pools {
  /**
   * @param backend `http://host:port` or `https://host:port`
   * @param connection `kept`: one that has served other requests, where there is one, else a new one that is kept behind the answer.
   *   `new`: one for this request alone
   */
  agentFor(backend: string, connection: 'kept' | 'new'): Promise<HttpAgent>
  close(): void
}

/** Gets the origin of a backend that sent bytes which belong to no answer: its connections are not used again for `distrustMs`. */
export type OnUnasked = (backend: string) => void

/** At most so many can be had at once; after so many milliseconds one is closed. */
const kept = { keepAlive: true, maxFreeSockets: 64, timeout: 30_000, scheduling: 'lifo' as const }

/** Connections of one backend that rest at once, those that cannot be had yet among them. */
const maxResting = 256

/** Backends that are remembered at once; their names may come out of variables. */
const maxOrigins = 256

interface Origin {
  readonly url: string
  readonly trust: Trust
  readonly resting: Set<Socket>
}

export function createPools(onUnasked: OnUnasked): Pools {
  const origins = new Map<string, Origin>()
  const originOf = (url: string): Origin => {
    const known = origins.get(url)
    if (known !== undefined) return known
    if (origins.size >= maxOrigins) origins.clear()
    const origin = { url, trust: createTrust(() => performance.now()), resting: new Set<Socket>() }
    origins.set(url, origin)
    return origin
  }
  const pools = {
    'http:': { kept: new HttpAgent(kept), new: new HttpAgent() },
    'https:': { kept: new HttpsAgent(kept), new: new HttpsAgent() },
  }
  watchOver(pools['http:'].kept, place => originOf(`http://${place}`), onUnasked)
  watchOver(pools['https:'].kept, place => originOf(`https://${place}`), onUnasked)
  return {
    async agentFor(backend, connection) {
      const pool = pools[backend.startsWith('https:') ? 'https:' : 'http:']
      if (connection === 'new') return pool.new
      // What has arrived on the resting connections, an end or a byte too much, is seen before one of them is used.
      if (Object.keys(pool.kept.freeSockets).length > 0) await polled()
      return pool.kept
    },
    close() {
      for (const pool of Object.values(pools)) {
        pool.kept.destroy()
        pool.new.destroy()
      }
    },
  }
}

/** Node tells an agent by its event `free` that a connection may serve another request. */
function watchOver(pool: HttpAgent, originOf: (place: string) => Origin, onUnasked: OnUnasked): void {
  const released = pool.listeners('free')
  pool.removeAllListeners('free')
  pool.on('free', (socket: Socket, options: { readonly host: string; readonly port: number }) => {
    const origin = originOf(`${options.host.includes(':') ? `[${options.host}]` : options.host}:${options.port}`)
    if (!origin.trust.mayReuse || origin.resting.size >= maxResting) return void socket.destroy()
    watch(socket, origin, onUnasked)
    // What came meanwhile is read between a timer and an immediate, even where the event loop was late.
    const release = () => {
      for (const listener of released) listener.call(pool, socket, options)
    }
    setTimeout(() => setImmediate(release), origin.trust.restMs).unref()
  })
  const reuse = pool.reuseSocket.bind(pool)
  pool.reuseSocket = (socket, request) => {
    rests.get(socket)?.end()
    reuse(socket, request)
  }
}

interface Rest {
  /** The connection is used again. */
  end(): void
}

const rests = new WeakMap<Duplex, Rest>()

/** Until the rest ends: a connection on which anything comes, a byte, its end or a fault, is closed. */
function watch(socket: Socket, origin: Origin, onUnasked: OnUnasked): void {
  const began = performance.now()
  const { bytesRead } = socket
  let isJudged = false
  const giveUp = () => {
    socket.destroy()
    // At once, and not only when it has closed: the agent is not to hand it out any more.
    socket.emit('agentRemove')
  }
  const judge = (bytes: Buffer) => {
    isJudged = true
    giveUp()
    if (!isGoodbye(bytes)) distrust(origin, onUnasked)
  }
  const closed = () => {
    origin.resting.delete(socket)
    // Node 22 and 24 close a connection that an agent has themselves where bytes come, and show them to nobody.
    if (!isJudged && socket.bytesRead > bytesRead) distrust(origin, onUnasked)
  }
  origin.resting.add(socket)
  socket.on('data', judge)
  socket.on('end', giveUp)
  socket.on('error', giveUp)
  socket.once('close', closed)
  rests.set(socket, {
    end() {
      rests.delete(socket)
      origin.resting.delete(socket)
      socket.off('data', judge)
      socket.off('end', giveUp)
      socket.off('error', giveUp)
      socket.off('close', closed)
      origin.trust.restedQuietly(performance.now() - began)
    },
  })
  if (socket.readableLength > 0) socket.read()
}

function distrust({ url, trust, resting }: Origin, onUnasked: OnUnasked): void {
  if (!trust.mayReuse) return
  trust.spokeUnasked()
  for (const socket of resting) socket.destroy().emit('agentRemove')
  onUnasked(url)
}

/** A server that ends idle connections may say so (RFC 9110 section 15.5.9). */
const isGoodbye = (bytes: Buffer) => /^HTTP\/1\.[01] 408 /.test(bytes.toString('latin1', 0, 16))
