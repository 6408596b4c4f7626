/** The connections of one address in one worker: which have a request under way, and how each ends once no more are wanted. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

export interface Connections {
  /** How many there are. */
  readonly size: number
  opened(socket: Socket): void
  /** Told of every request before it is handled; its socket may be the TLS one above a socket that was opened. */
  requested(request: IncomingMessage, response: ServerResponse): void
  /**
   * Ends every connection as soon as that loses nothing, and resolves when all have ended: at once where a request was answered and none
   * is under way, with the answer where one is, after `freshMs` where none has come yet. A client that is pushing, or did so less than
   * `betweenMs` ago, goes on over the connection that it has until it pauses for so long: the rest of its image comes in further requests.
   */
  drain(): Promise<void>
  /** Cuts what is left. */
  destroy(): void
}

/** Milliseconds. */
export interface DrainPauses {
  readonly freshMs: number
  readonly betweenMs: number
}

const usualPauses: DrainPauses = { freshMs: 2_000, betweenMs: 3_000 }

interface Peer {
  readonly sockets: Set<Socket>
  readonly responses: Set<ServerResponse>
  asked: boolean
  pushing: boolean
  /** When its last write was answered, by the clock of performance.now(). */
  wroteAt: number
  timer: NodeJS.Timeout | undefined
}

const isWrite = (method: string | undefined) => method !== 'GET' && method !== 'HEAD' && method !== 'OPTIONS'

/** A socket and the TLS socket above it have the same peer. Unix sockets have none; they end together. */
const peerName = (socket: Socket) =>
  socket.remotePort === undefined ? '' : `${socket.remoteAddress} ${socket.remotePort}`

export function createConnections(pauses: DrainPauses = usualPauses): Connections {
  const peers = new Map<string, Peer>()
  let ended: (() => void) | null = null

  const refuseMore = (peer: Peer) => {
    for (const response of peer.responses) if (!response.headersSent) response.shouldKeepAlive = false
  }
  /** Ends the connection once nothing has been under way for as long as it may. */
  const settle = (peer: Peer) => {
    clearTimeout(peer.timer)
    if (peer.responses.size > 0) return
    const wait = peer.pushing ? pauses.betweenMs : peer.asked ? 0 : pauses.freshMs
    peer.timer = setTimeout(() => {
      for (const socket of peer.sockets) socket.destroy()
    }, wait)
  }

  return {
    get size() {
      return peers.size
    },

    opened(socket) {
      const name = peerName(socket)
      const peer = peers.get(name) ?? {
        sockets: new Set(),
        responses: new Set(),
        asked: false,
        pushing: false,
        wroteAt: Number.NEGATIVE_INFINITY,
        timer: undefined,
      }
      peers.set(name, peer)
      peer.sockets.add(socket)
      socket.once('close', () => {
        peer.sockets.delete(socket)
        if (peer.sockets.size > 0) return
        clearTimeout(peer.timer)
        if (peers.get(name) === peer) peers.delete(name)
        if (peers.size === 0) ended?.()
      })
      if (ended !== null) settle(peer)
    },

    requested(request, response) {
      const peer = peers.get(peerName(request.socket))
      if (peer === undefined) return
      clearTimeout(peer.timer)
      peer.asked = true
      peer.responses.add(response)
      response.once('close', () => {
        peer.responses.delete(response)
        if (isWrite(request.method)) peer.wroteAt = performance.now()
        if (ended !== null) settle(peer)
      })
      if (ended === null) return
      if (isWrite(request.method)) peer.pushing = true
      if (!peer.pushing) refuseMore(peer)
    },

    drain() {
      return new Promise(resolve => {
        ended = resolve
        for (const peer of peers.values()) {
          const between = performance.now() - peer.wroteAt < pauses.betweenMs
          peer.pushing = between || [...peer.responses].some(response => isWrite(response.req.method))
          if (!peer.pushing) refuseMore(peer)
          settle(peer)
        }
        if (peers.size === 0) resolve()
      })
    },

    destroy() {
      for (const peer of peers.values()) for (const socket of peer.sockets) socket.destroy()
    },
  }
}
