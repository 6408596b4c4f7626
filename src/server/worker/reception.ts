/** Receives the connections of one address: TLS for registry clients, and an answer for those who speak plain HTTP to it. */
import { createServer as createHttpServer, type Server, type ServerOptions } from 'node:http'
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https'
import type { Socket } from 'node:net'
import type { SecureContextOptions } from 'node:tls'
import type { Handler } from '../../gateway/handle-request.js'
import { refuseBroken, refuseTunnel } from '../../gateway/refuse-broken.js'
import { plainAddress } from '../../http/client-address.js'
import { EarlyResponse } from '../../http/lingering-close.js'
import { peerOf } from '../../http/peer.js'
import { limitIdleClients } from '../../http/timeouts.js'
import { maxHeaderBytes } from '../../http/well-formed.js'
import type { BrokenRequest, Events } from '../../observe/events.js'
import type { Limits } from '../../settings/settings.js'
import { createConnections } from './connections.js'
import type { ListenerTls } from './listener-tls.js'
import { serializeRequests } from './pipelining.js'
import { sniff } from './sniff.js'
import { takeProxyHeader } from './take-proxy-header.js'

/** What answers on an address; replaced as a whole by a reload. */
export interface Serving {
  /** null: plain HTTP only. */
  readonly tls: ListenerTls | null
  readonly handle: Handler
  /** Gets what arrives without TLS on a port that speaks TLS. */
  readonly handlePlain: Handler
  /** Whether a peer with this address has to begin with a PROXY header; null: nobody has to. */
  readonly isBalancer: ((address: string) => boolean) | null
}

export interface Reception {
  /** Connections that have not ended. */
  readonly connections: number
  /** Takes a connection of which nothing has been read. */
  accept(socket: Socket): void
  /** New requests and handshakes use this from now on. */
  update(serving: Serving): void
  /** Lets what is under way end, closes the rest; resolves when no connection is left (see connections.ts). */
  drain(): Promise<void>
  /** Cuts what is left. */
  destroy(): void
}

/** What has no request, and so nobody else to tell of it. */
export type ReceptionEvents = Pick<Events, 'requestBroken' | 'handshakeFailed' | 'proxyHeaderRefused'>

/** Nothing here listens: the primary does, and every server only gets the connections that it is given. */
export function createReception(limits: Limits, initial: Serving, events: ReceptionEvents): Reception {
  let serving = initial
  const connections = createConnections()
  const counted = (pick: (now: Serving) => Handler): Handler => {
    return (request, response, onContinue) => {
      connections.requested(request, response)
      return pick(serving)(request, response, onContinue)
    }
  }
  const handle = counted(now => now.handle)
  const open = prepare(createHttpServer(httpOptions(limits)), limits, handle, events)
  const redirecting = prepare(
    createHttpServer(httpOptions(limits)),
    limits,
    counted(now => now.handlePlain),
    events,
  )
  let secure =
    initial.tls === null ? null : secureServer(initial.tls.options, () => serving.tls, limits, handle, events)

  const enter = (socket: Socket) => {
    const doors = secure
    if (doors === null) {
      // As Node's HTTP server opens its sockets: it decides itself about a client that has said everything.
      socket.allowHalfOpen = true
      open.emit('connection', socket)
      return
    }
    const plain = (raw: Socket) => redirecting.emit('connection', raw)
    sniff(socket, { tls: raw => doors.emit('connection', raw), plain }, limits.headerMs)
  }

  return {
    get connections() {
      return connections.size
    },
    accept(socket) {
      connections.opened(socket)
      const { isBalancer } = serving
      if (isBalancer === null) return enter(socket)
      const address = plainAddress(socket.remoteAddress)
      if (!isBalancer(address)) return enter(socket)
      const onRefused = (fault: string | null) => {
        if (fault !== null) events.proxyHeaderRefused(address, fault)
      }
      takeProxyHeader(socket, { onTaken: enter, onRefused }, limits.headerMs)
    },
    update(next) {
      serving = next
      if (next.tls === null) secure = null
      else if (secure === null) secure = secureServer(next.tls.options, () => serving.tls, limits, handle, events)
      else secure.setSecureContext(next.tls.options)
    },
    async drain() {
      await connections.drain()
      for (const server of [open, redirecting, secure]) server?.close()
    },
    destroy: connections.destroy,
  }
}

const httpOptions = (limits: Limits): ServerOptions => ({
  // Only idle time limits a transfer: a slow push may take hours.
  requestTimeout: 0,
  headersTimeout: limits.headerMs,
  connectionsCheckingInterval: 1_000,
  keepAliveTimeout: limits.keepAliveMs,
  maxHeaderSize: maxHeaderBytes,
  // Refused by gateway/read-request.ts, with a body.
  requireHostHeader: false,
  // NODE_OPTIONS and the command line could make Node forgive malformed messages.
  insecureHTTPParser: false,
  ServerResponse: EarlyResponse,
})

function secureServer(
  tls: SecureContextOptions,
  current: () => ListenerTls | null,
  limits: Limits,
  handle: Handler,
  events: ReceptionEvents,
): HttpsServer {
  const server = createHttpsServer({
    ...httpOptions(limits),
    ...tls,
    ALPNProtocols: ['http/1.1'],
    handshakeTimeout: limits.headerMs,
    SNICallback: (name, done) => {
      try {
        done(null, current()?.select(name) ?? undefined)
      } catch (error) {
        done(error instanceof Error ? error : new Error(String(error)))
      }
    },
  })
  // Node tells `clientError` as well, which is about requests here and is not to answer in the clear.
  server.removeAllListeners('tlsClientError')
  server.on('tlsClientError', (error: NodeJS.ErrnoException, socket) => {
    events.handshakeFailed(peerOf(socket).address, error.code ?? '')
    socket.destroy()
  })
  return prepare(server, limits, handle, events)
}

/** Every door of an HTTP server leads to the same handler: request, Expect, and Upgrade (which is then ignored). */
function prepare<AnyServer extends Server>(
  server: AnyServer,
  limits: Limits,
  handle: Handler,
  events: ReceptionEvents,
): AnyServer {
  const onBroken = (broken: BrokenRequest) => events.requestBroken(broken)
  server.on('request', (request, response) => handle(request, response, () => {}))
  server.on('checkContinue', (request, response) => handle(request, response, () => response.writeContinue()))
  server.on('checkExpectation', (request, response) => handle(request, response, () => {}))
  server.on('connect', (_request, socket) => refuseTunnel(socket, onBroken))
  server.on('clientError', (error, socket) => refuseBroken(error, socket, onBroken))
  serializeRequests(server)
  limitIdleClients(server, limits.idleMs)
  // Node drops the header lines beyond this count, but frames the body by all of them. maxHeaderSize bounds the lines, and
  // gateway/read-request.ts refuses too many.
  server.maxHeadersCount = 0
  // Its clock for slow headers starts when a server listens, which this one never does.
  server.emit('listening')
  return server
}
