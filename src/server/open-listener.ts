/** Opens one address: TLS for registry clients, and an answer for those who speak plain HTTP to it. */
import { createServer as createHttpServer, type Server, type ServerOptions } from 'node:http'
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import type { SecureContext, SecureContextOptions } from 'node:tls'
import { ProblemsFound } from '../errors/problem.js'
import type { Handler } from '../gateway/handle-request.js'
import { refuseBroken, refuseTunnel } from '../gateway/refuse-broken.js'
import type { Limits } from '../settings/settings.js'
import { listenProblem } from './listen-problem.js'
import type { ListenerTls } from './listener-tls.js'
import { sniff } from './sniff.js'

/** What answers on an address; replaced as a whole by a reload. */
export interface Serving {
  /** null: plain HTTP only. */
  readonly tls: ListenerTls | null
  readonly handle: Handler
  /** Gets what arrives without TLS on a port that speaks TLS. */
  readonly handlePlain: Handler
}

export interface ListenerOptions {
  readonly host: string
  readonly port: number
  /** For messages: `--listen`, `nginx.conf:3`. */
  readonly where: string
  readonly limits: Limits
  readonly serving: Serving
}

export interface OpenListener {
  /** `https://0.0.0.0:5000`, with the real port. */
  readonly url: string
  readonly port: number
  /** That are open now. */
  readonly connections: number
  /** New requests and handshakes use this from now on. */
  update(serving: Serving): void
  /** Takes no new connections, closes those without a request; resolves once the others have ended. */
  close(): Promise<void>
  /** Cuts what is left. */
  destroy(): void
}

const maxHeaderBytes = 32 * 1024

/** @throws ProblemsFound where the address cannot be opened */
export async function openListener(options: ListenerOptions): Promise<OpenListener> {
  let { serving } = options
  const secured = serving.tls !== null
  const handle: Handler = (...exchange) => serving.handle(...exchange)
  const handlePlain: Handler = (...exchange) => serving.handlePlain(...exchange)
  const plain = prepare(createHttpServer(httpOptions(options.limits)), options.limits, secured ? handlePlain : handle)
  const secure =
    serving.tls === null
      ? null
      : secureEntrance(serving.tls.options, name => serving.tls?.select(name), options.limits, handle, plain)
  const entrance: Server = secure ?? plain
  // Its clock for slow headers starts when a server listens, which this one never does by itself.
  if (secure !== null) plain.emit('listening')
  const sockets = new Set<Socket>()
  entrance.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  const port = await listen(entrance, options)
  const host = options.host.includes(':') ? `[${options.host}]` : options.host
  const scheme = secured ? 'https' : 'http'
  return {
    url: options.host.startsWith(unixPrefix) ? `${scheme}+${options.host}` : `${scheme}://${host}:${port}`,
    port,
    get connections() {
      return sockets.size
    },
    update(next) {
      serving = next
      if (next.tls !== null) secure?.setSecureContext(next.tls.options)
    },
    close() {
      const ended = new Promise<void>(resolve => entrance.close(() => resolve()))
      const closeIdle = () => {
        for (const server of [plain, entrance]) server.closeIdleConnections()
      }
      closeIdle()
      const timer = setInterval(closeIdle, 100)
      return ended.finally(() => {
        clearInterval(timer)
        plain.close()
      })
    },
    destroy() {
      for (const socket of sockets) socket.destroy()
    },
  }
}

const httpOptions = (limits: Limits): ServerOptions => ({
  // Only idle time limits a transfer: a slow push may take hours.
  requestTimeout: 0,
  headersTimeout: limits.headerMs,
  connectionsCheckingInterval: 1_000,
  keepAliveTimeout: limits.keepAliveMs,
  maxHeaderSize: maxHeaderBytes,
  noDelay: true,
  keepAlive: true,
  // Refused by gateway/read-request.ts, with a body.
  requireHostHeader: false,
})

function secureEntrance(
  tls: SecureContextOptions,
  select: (serverName: string) => SecureContext | null | undefined,
  limits: Limits,
  handle: Handler,
  plain: Server,
): HttpsServer {
  const secure = createHttpsServer({
    ...httpOptions(limits),
    ...tls,
    ALPNProtocols: ['http/1.1'],
    handshakeTimeout: limits.headerMs,
    SNICallback: (name, done) => {
      try {
        done(null, select(name) ?? undefined)
      } catch (error) {
        done(error instanceof Error ? error : new Error(String(error)))
      }
    },
  })
  prepare(secure, limits, handle)
  secure.on('tlsClientError', (_error, socket) => socket.destroy())
  const accept = secure.listeners('connection')
  secure.removeAllListeners('connection')
  const doors = {
    tls: (socket: Socket) => {
      for (const listener of accept) listener.call(secure, socket)
    },
    plain: (socket: Socket) => plain.emit('connection', socket),
  }
  secure.on('connection', (socket: Socket) => sniff(socket, doors, limits.headerMs))
  return secure
}

/** Every door of an HTTP server leads to the same handler: request, Expect, and Upgrade (which is then ignored). */
function prepare(server: Server, limits: Limits, handle: Handler): Server {
  server.on('request', (request, response) => handle(request, response, () => {}))
  server.on('checkContinue', (request, response) => handle(request, response, () => response.writeContinue()))
  server.on('checkExpectation', (request, response) => handle(request, response, () => {}))
  server.on('connect', (_request, socket) => refuseTunnel(socket))
  server.on('clientError', refuseBroken)
  server.setTimeout(limits.idleMs)
  return server
}

/** As nginx writes the address of a Unix socket: `unix:/run/portcullis.sock`. */
const unixPrefix = 'unix:'

function listen(server: Server, options: ListenerOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(new ProblemsFound([listenProblem(error, options, process.platform)])),
    )
    const { host, port } = options
    const unix = host.startsWith(unixPrefix)
    server.listen(unix ? { path: host.slice(unixPrefix.length) } : { host, port, ipv6Only: host.includes(':') }, () => {
      server.removeAllListeners('error')
      const address: AddressInfo | string | null = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : port)
    })
  })
}
