/**
 * How long the gate waits for the client and for the backend, and which of them it waits for: the only place that
 * knows (decision R20).
 */
import { type Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { polled } from './polled.js'

/** Runs out unless it is restarted or stopped in time; not running at first. */
export interface Timeout {
  restart(): void
  stop(): void
}

/**
 * @param onTimeout called once `ms` have passed since the last `restart`, and what has come while the event loop stood still did not
 *   restart or stop it either
 */
export function createTimeout(ms: number, onTimeout: () => void): Timeout {
  let timer: NodeJS.Timeout | null = null
  let isDue = false
  const expire = async () => {
    isDue = true
    await polled()
    if (isDue) onTimeout()
  }
  return {
    restart() {
      isDue = false
      if (timer === null) timer = setTimeout(expire, ms)
      else timer.refresh()
    },
    stop() {
      isDue = false
      if (timer !== null) clearTimeout(timer)
      timer = null
    },
  }
}

/** Milliseconds until a backend takes a connection: nginx's default for `proxy_connect_timeout`. */
const connectMs = 60_000

export interface BackendTimeouts {
  /** From the look-up of its name until it takes the connection. */
  readonly connect: Timeout
  /** While it takes nothing of a body that is there (`proxy_send_timeout`). */
  readonly send: Timeout
  /** While it says nothing, from the end of the request on (`proxy_read_timeout`). */
  readonly read: Timeout
  /** All three. */
  stop(): void
}

/**
 * @param ms of the route
 * @param onTimeout gets what did not happen
 */
export function createBackendTimeouts(
  ms: { readonly read: number; readonly send: number },
  onTimeout: (cause: Error) => void,
): BackendTimeouts {
  const late = (what: string, after: number) =>
    createTimeout(after, () => onTimeout(new Error(`${what} within ${after} ms`)))
  const connect = late('no connection', connectMs)
  const send = late('no byte of the request was taken', ms.send)
  const read = late('no byte of an answer came', ms.read)
  const stop = () => {
    for (const timeout of [connect, send, read]) timeout.stop()
  }
  return { connect, send, read, stop }
}

/**
 * Cuts clients that neither send nor take anything for `idleMs` while it is their turn. While the gate waits for a backend or a disk
 * their connections have no limit: the backend has its own.
 */
export function limitIdleClients(server: Server, idleMs: number): void {
  server.setTimeout(idleMs, async socket => {
    const { bytesRead, writableLength } = socket
    // What has come while the event loop stood still is not the client's delay.
    await polled()
    const isIdle = socket.bytesRead === bytesRead && socket.writableLength === writableLength
    if (isIdle && isClientsTurn(socket)) socket.destroy()
    else socket.setTimeout(idleMs)
  })
}

function isClientsTurn(socket: Socket): boolean {
  // Node keeps the response under way there.
  const response: unknown = Reflect.get(socket, '_httpMessage')
  if (!(response instanceof ServerResponse)) return true
  if (response.writableLength > 0) return true
  const { req: request } = response
  // By 'data' or by an iterator; a reader with nothing to read waits for the client.
  const isRead = request.readableFlowing === true || request.listenerCount('readable') > 0
  return isRead && !request.complete && request.readableLength === 0
}
