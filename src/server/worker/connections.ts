/** The connections of one address in one worker: which have a request under way, and how each ends once no more are wanted. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { acceptedSocket } from '../../http/peer.js'

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

/** Ten thousand connections that are kept for their next request have one each. */
interface Connection {
  /** The response under way: there is one at a time (pipelining.ts). */
  response: ServerResponse | null
  asked: boolean
  pushing: boolean
  /** When its last write was answered, by the clock of performance.now(). */
  wroteAt: number
  timer: NodeJS.Timeout | undefined
}

const isWrite = (method: string | undefined) => method !== 'GET' && method !== 'HEAD' && method !== 'OPTIONS'

export function createConnections(pauses: DrainPauses = usualPauses): Connections {
  const connections = new Map<Socket, Connection>()
  let ended: (() => void) | null = null

  const refuseMore = ({ response }: Connection) => {
    if (response !== null && !response.headersSent) response.shouldKeepAlive = false
  }
  /** Ends the connection once nothing has been under way for as long as it may. */
  const settle = (connection: Connection, socket: Socket) => {
    clearTimeout(connection.timer)
    if (connection.response !== null) return
    const wait = connection.pushing ? pauses.betweenMs : connection.asked ? 0 : pauses.freshMs
    connection.timer = setTimeout(() => socket.destroy(), wait)
  }
  /** One function for all sockets. */
  function onClose(this: Socket): void {
    clearTimeout(connections.get(this)?.timer)
    connections.delete(this)
    if (connections.size === 0) ended?.()
  }

  return {
    get size() {
      return connections.size
    },

    opened(socket) {
      const connection: Connection = {
        response: null,
        asked: false,
        pushing: false,
        wroteAt: Number.NEGATIVE_INFINITY,
        timer: undefined,
      }
      connections.set(socket, connection)
      socket.on('close', onClose)
      if (ended !== null) settle(connection, socket)
    },

    requested(request, response) {
      const socket = acceptedSocket(request.socket)
      const connection = connections.get(socket)
      if (connection === undefined) return
      clearTimeout(connection.timer)
      connection.asked = true
      connection.response = response
      response.once('close', () => {
        connection.response = null
        if (isWrite(request.method)) connection.wroteAt = performance.now()
        if (ended !== null && connections.has(socket)) settle(connection, socket)
      })
      if (ended === null) return
      if (isWrite(request.method)) connection.pushing = true
      if (!connection.pushing) refuseMore(connection)
    },

    drain() {
      return new Promise(resolve => {
        ended = resolve
        for (const [socket, connection] of connections) {
          const { response, wroteAt } = connection
          const between = performance.now() - wroteAt < pauses.betweenMs
          connection.pushing = between || (response !== null && isWrite(response.req.method))
          if (!connection.pushing) refuseMore(connection)
          settle(connection, socket)
        }
        if (connections.size === 0) resolve()
      })
    },

    destroy() {
      for (const socket of connections.keys()) socket.destroy()
    },
  }
}
