/** A backend that dies, stalls, lies or closes on command: a TCP server that reads requests strictly and answers in raw bytes. */
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { type ReceivedRequest, readRequests } from './request-reader.js'

export type { ReceivedRequest } from './request-reader.js'

/** What a script does with one request: `socket` is the connection on which it came. */
export type Script = (request: ReceivedRequest, socket: Socket) => void

export interface FaultyBackend {
  readonly url: string
  readonly port: number
  /** Every request whose head arrived, in order. */
  readonly requests: readonly ReceivedRequest[]
  /** Bytes that were no properly framed request. */
  readonly violations: readonly string[]
  /** The connections that are open now. */
  readonly sockets: ReadonlySet<Socket>
  /** Every connection there ever was. */
  readonly connections: number
  /** Called when a request is complete; by default an empty 200. */
  whenComplete: Script
  /** Called when a head has arrived, before its body. */
  whenHead: Script
  /** Forgets requests and violations, and goes back to the default scripts. */
  reset(): void
  /** Cuts everything and takes no more connections. */
  close(): Promise<void>
}

/** A whole answer of status 200 in raw bytes. */
export const ok = (body = '', headers: readonly string[] = []): string =>
  ['HTTP/1.1 200 OK', ...headers, `Content-Length: ${Buffer.byteLength(body)}`, '', body].join('\r\n')

const usual: Script = (_request, socket) => void socket.write(ok())

/** Listens on loopback. @param port 0 takes a free one */
export async function startFaultyBackend(port = 0, host = '127.0.0.1'): Promise<FaultyBackend> {
  const requests: ReceivedRequest[] = []
  const violations: string[] = []
  const sockets = new Set<Socket>()
  const scripts = { whenHead: (() => {}) as Script, whenComplete: usual }
  let connections = 0
  const server = createServer({ allowHalfOpen: false, noDelay: true }, socket => {
    connections++
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    // A connection that breaks is what these tests are about.
    socket.on('error', () => {})
    const read = readRequests({
      onHead: request => {
        requests.push(request)
        scripts.whenHead(request, socket)
      },
      onComplete: request => scripts.whenComplete(request, socket),
      onViolation: what => {
        violations.push(what)
        socket.destroy()
      },
    })
    socket.on('data', read)
  })
  server.listen(port, host)
  await once(server, 'listening')
  const address = server.address()
  const realPort = typeof address === 'object' && address !== null ? address.port : port
  return {
    url: `http://${host}:${realPort}`,
    port: realPort,
    requests,
    violations,
    sockets,
    get connections() {
      return connections
    },
    get whenComplete() {
      return scripts.whenComplete
    },
    set whenComplete(script) {
      scripts.whenComplete = script
    },
    get whenHead() {
      return scripts.whenHead
    },
    set whenHead(script) {
      scripts.whenHead = script
    },
    reset() {
      requests.length = 0
      violations.length = 0
      scripts.whenHead = () => {}
      scripts.whenComplete = usual
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      if (!server.listening) return
      server.close()
      await once(server, 'close')
    },
  }
}
