/**
 * Reads pipelined requests one after the other: the next one of a connection when the answer before it has gone, as
 * nginx does. (decision R9)
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { Server as TlsServer } from 'node:tls'
import { closeLingering } from '../../http/lingering-close.js'
import { type BodyFraming, MessageEnd } from '../../http/message-end.js'
import { HttpParser } from './http-parser.js'
import { createIdleSet, type IdleSet } from './idle-set.js'

/**
 * Node's HTTP server handles all requests that it has read at the same time. Here its parser gets the bytes of one request. The bytes behind
 * it stay in the buffer of the socket, which is paused, until the response has closed. A client that leaves meanwhile is noticed when the
 * response is written.
 * @param server has listeners for `request`, `checkContinue` and `checkExpectation`
 * @param parserKeptMs milliseconds from an answer until a connection that brings no other request frees its parser; at most twice as many
 */
export function serializeRequests(server: Server, parserKeptMs = 1_000): void {
  const readers = new WeakMap<Duplex, RequestReader>()
  const idle = createIdleSet<RequestReader>(parserKeptMs, reader => reader.parser.release())
  const opened = server instanceof TlsServer ? 'secureConnection' : 'connection'
  const [open, ...others] = server.listeners(opened)
  if (open === undefined || others.length > 0) throw new Error("Node's HTTP server takes connections in another way")
  const attach = (socket: Socket) => open.call(server, socket)
  server.removeAllListeners(opened)
  server.on(opened, (socket: Socket) => {
    readers.set(socket, new RequestReader(socket, new HttpParser(socket, attach), idle))
  })
  for (const event of ['request', 'checkContinue', 'checkExpectation']) {
    server.prependListener(event, (request: IncomingMessage, response: ServerResponse) =>
      readers.get(request.socket)?.requestBegan(request, response),
    )
  }
  // After either, the parser must not get another byte.
  server.prependListener('clientError', (_error: Error, socket: Duplex) => readers.get(socket)?.stop())
  server.prependListener('connect', (_request: IncomingMessage, socket: Duplex) => readers.get(socket)?.stop())
}

class RequestReader {
  private readonly end = new MessageEnd()
  private isAnswering = false
  private isHolding = false
  private isStopped = false
  private isUpgrade = false
  private isIdle = false

  constructor(
    private readonly socket: Socket,
    readonly parser: HttpParser,
    private readonly idle: IdleSet<RequestReader>,
  ) {
    socket.on('data', (bytes: Buffer) => this.read(bytes))
    socket.destroySoon = lingering
  }

  requestBegan(request: IncomingMessage, response: ServerResponse): void {
    this.isAnswering = true
    this.isUpgrade = request.headers.upgrade !== undefined
    this.end.headEnded(bodyFraming(request))
    response.once('close', () => this.answered())
  }

  stop(): void {
    this.isStopped = true
  }

  private answered(): void {
    this.isAnswering = false
    if (this.isHolding) {
      this.isHolding = false
      // In a later turn of the event loop: where answers are written at once, the requests of one client would keep all others waiting.
      setImmediate(() => this.socket.resume())
    } else if (this.end.isBetween) {
      this.isIdle = true
      this.idle.add(this)
    }
  }

  private read(bytes: Buffer): void {
    if (this.isIdle) {
      this.isIdle = false
      this.idle.delete(this)
    }
    let rest = bytes
    while (rest.length > 0) {
      if (this.isStopped || this.socket.writableEnded) return
      if (this.isAnswering && this.end.isBetween) {
        this.isHolding = true
        this.socket.pause()
      }
      // Also where the reader of the body is slow.
      if (this.socket.isPaused()) return this.socket.unshift(rest)
      const taken = this.end.take(rest)
      this.parseMessage(taken === rest.length ? rest : rest.subarray(0, taken))
      rest = rest.subarray(taken)
    }
  }

  /**
   * Node tells of no parse error in the body of a request with `Upgrade`: its parser takes no further byte, and neither does the body end nor
   * an error come. Such an error is told here, by the bytes that the parser has left.
   */
  private parseMessage(bytes: Buffer): void {
    const parser: unknown = this.isUpgrade ? Reflect.get(this.socket, 'parser') : null
    if (!isParser(parser)) return this.parser.read(bytes)
    const execute = parser.execute
    parser.execute = given => {
      const result = execute.call(parser, given)
      return typeof result !== 'number' || result >= given.length ? result : invalidBody()
    }
    try {
      this.parser.read(bytes)
    } finally {
      // The one of its class again: parsers are used for other connections later.
      Reflect.deleteProperty(parser, 'execute')
    }
  }
}

/** Node's HTTPParser: gives the number of bytes that it has parsed, or an error. */
interface Parser {
  execute(bytes: Buffer): number | Error
}

const isParser = (value: unknown): value is Parser =>
  typeof value === 'object' && value !== null && 'execute' in value && typeof value.execute === 'function'

const invalidBody = (): Error =>
  Object.assign(new Error('Parse Error: invalid body'), { code: 'HPE_INVALID_CHUNK_SIZE' })

/** Node calls it behind the last answer of a connection. What the client sends behind that request is not read, and would reset it. */
function lingering(this: Socket): void {
  closeLingering(this)
}

/** Node's parser refuses a head in which these headers leave room for two readings. */
function bodyFraming({ headers }: IncomingMessage): BodyFraming | null {
  if (headers['transfer-encoding'] !== undefined) return { kind: 'chunked' }
  const bytes = headers['content-length']
  return bytes === undefined ? null : { kind: 'length', bytes: Number(bytes) }
}
