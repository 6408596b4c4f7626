/** Opens one address: TLS for registry clients, and an answer for those who speak plain HTTP to it. */
import {
  createServer as createHttpServer,
  type IncomingMessage,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import type { SecureContext, SecureContextOptions } from 'node:tls'
import { ProblemsFound } from '../errors/problem.js'
import { refuseBroken, refuseTunnel } from '../gateway/refuse-broken.js'
import type { Limits } from '../settings/settings.js'
import { listenProblem } from './listen-problem.js'
import { sniff } from './sniff.js'

/** `proceed` sends `100 Continue` where the client waits for it. */
export type RequestHandler = (request: IncomingMessage, response: ServerResponse, proceed: () => void) => void

export interface ListenerOptions {
  readonly host: string
  readonly port: number
  /** For messages: `--listen`, `nginx.conf:3`. */
  readonly where: string
  /** null: plain HTTP only. */
  readonly tls: {
    readonly options: SecureContextOptions
    readonly select: (serverName: string) => SecureContext | null
  } | null
  readonly limits: Limits
  readonly handle: RequestHandler
  /** Gets what arrives without TLS on a port that speaks TLS. */
  readonly handlePlain: RequestHandler
}

export interface OpenListener {
  /** `https://0.0.0.0:5000`, with the real port. */
  readonly url: string
  readonly port: number
  /** Takes no new connections, closes those without a request; resolves once the others have ended. */
  close(): Promise<void>
  /** Cuts what is left. */
  destroy(): void
}

const maxHeaderBytes = 32 * 1024

/** @throws ProblemsFound where the address cannot be opened */
export async function openListener(options: ListenerOptions): Promise<OpenListener> {
  const servers: Server[] = []
  const plain = prepare(
    createHttpServer(httpOptions(options.limits)),
    options.limits,
    options.tls === null ? options.handle : options.handlePlain,
  )
  servers.push(plain)
  let entrance: Server = plain
  if (options.tls !== null) {
    entrance = secureEntrance(options, options.tls, plain)
    servers.push(entrance)
    // Its clock for slow headers starts when a server listens, which this one never does by itself.
    plain.emit('listening')
  }
  const sockets = new Set<Socket>()
  entrance.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  const port = await listen(entrance, options)
  const host = options.host.includes(':') ? `[${options.host}]` : options.host
  return {
    url: `${options.tls === null ? 'http' : 'https'}://${host}:${port}`,
    port,
    close() {
      const ended = new Promise<void>(resolve => entrance.close(() => resolve()))
      const closeIdle = () => {
        for (const server of servers) server.closeIdleConnections()
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

function secureEntrance(options: ListenerOptions, tls: NonNullable<ListenerOptions['tls']>, plain: Server): Server {
  const secure = prepare(
    createHttpsServer({
      ...httpOptions(options.limits),
      ...tls.options,
      ALPNProtocols: ['http/1.1'],
      handshakeTimeout: options.limits.headerMs,
      SNICallback: (name, done) => {
        try {
          done(null, tls.select(name) ?? undefined)
        } catch (error) {
          done(error instanceof Error ? error : new Error(String(error)))
        }
      },
    }),
    options.limits,
    options.handle,
  )
  secure.on('tlsClientError', (_error, socket) => socket.destroy())
  const accept = secure.listeners('connection')
  secure.removeAllListeners('connection')
  const doors = {
    tls: (socket: Socket) => {
      for (const listener of accept) listener.call(secure, socket)
    },
    plain: (socket: Socket) => plain.emit('connection', socket),
  }
  secure.on('connection', (socket: Socket) => sniff(socket, doors, options.limits.headerMs))
  return secure
}

/** Every door of an HTTP server leads to the same handler: request, Expect, and Upgrade (which is then ignored). */
function prepare(server: Server, limits: Limits, handle: RequestHandler): Server {
  server.on('request', (request, response) => handle(request, response, () => {}))
  server.on('checkContinue', (request, response) => handle(request, response, () => response.writeContinue()))
  server.on('checkExpectation', (request, response) => handle(request, response, () => {}))
  server.on('connect', (_request, socket) => refuseTunnel(socket))
  server.on('clientError', refuseBroken)
  server.setTimeout(limits.idleMs)
  return server
}

function listen(server: Server, options: ListenerOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(new ProblemsFound([listenProblem(error, options, process.platform)])),
    )
    server.listen({ host: options.host, port: options.port }, () => {
      server.removeAllListeners('error')
      const address: AddressInfo | string | null = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : options.port)
    })
  })
}
