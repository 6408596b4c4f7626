/** http-proxy without the passes that make it unsafe; everything about it that has to be known stands in this file. */
import { ClientRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import { Readable, Stream } from 'node:stream'
import { RequestError } from '../errors/request-error.js'
import httpProxy from './quiet-http-proxy.js'

/** What one use of the proxy needs; the callbacks come at most once each. */
export interface ProxyCall {
  readonly target: { readonly protocol: 'http:' | 'https:'; readonly host: string; readonly port: number }
  /** false: a connection of its own, which is closed behind the answer. */
  readonly agent: import('node:http').Agent | false
  /** Path and query exactly as they are sent. */
  readonly path: string
  /** Sent instead of what the request still has to give; null to send that. */
  readonly body: Buffer | null
  /** Whether an https backend's certificate is checked. */
  readonly verifyBackend: boolean
  readonly onRequest: (backendRequest: ClientRequest) => void
  readonly onResponse: (backendResponse: IncomingMessage) => void
  readonly onError: (error: Error) => void
}

export type Proxy = (request: IncomingMessage, response: ServerResponse, call: ProxyCall) => void

type Pass = (...args: unknown[]) => unknown

/**
 * Sends `request` with its present method, headers and body to the backend. The caller has put the headers in order before
 * and answers by itself. Two passes are taken out: deleteLength, which lets a chunked DELETE or OPTIONS smuggle a second
 * request (CVE-2026-29057), and XHeaders, because the gate writes those headers itself.
 */
export function createProxy(): Proxy {
  const proxy = httpProxy.createProxyServer({ selfHandleResponse: true, toProxy: true, changeOrigin: false })
  const passes: unknown = Reflect.get(proxy, 'webPasses')
  if (!Array.isArray(passes)) throw new Error('http-proxy has no webPasses: another version than 1.18 is installed')
  const kept = passes.filter((pass: Pass) => pass.name === 'timeout' || pass.name === 'stream')
  if (kept.length !== 2) throw new Error('http-proxy has other passes than version 1.18 had')
  Reflect.set(proxy, 'webPasses', kept)

  const calls = new WeakMap<IncomingMessage, ProxyCall>()
  proxy.on('proxyRes', (backendResponse, request) => calls.get(request)?.onResponse(backendResponse))
  proxy.on('econnreset', (error, request) => calls.get(request)?.onError(error))

  return (request, response, call) => {
    calls.set(request, call)
    proxy.web(
      request,
      response,
      {
        target: call.target,
        agent: call.agent,
        secure: call.verifyBackend,
        headers: {},
        buffer: new Body(
          call.body === null ? request : Readable.from([call.body]),
          backendRequest => {
            // http-proxy joins and collapses slashes; what was judged is what is sent.
            backendRequest.path = call.path
            call.onRequest(backendRequest)
          },
          call.onError,
        ),
      },
      error => call.onError(error),
    )
  }
}

/**
 * What http-proxy pipes into its request to the backend at once. Its event `proxyReq` comes later, and behind the head where
 * something of the body is there already.
 */
class Body extends Stream {
  constructor(
    private readonly source: Readable,
    private readonly prepare: (backendRequest: ClientRequest) => void,
    private readonly fail: (error: Error) => void,
  ) {
    super()
  }

  override pipe<Destination extends NodeJS.WritableStream>(destination: Destination): Destination {
    if (!(destination instanceof ClientRequest)) throw new Error('http-proxy pipes into something else than a request')
    this.prepare(destination)
    const framed = framedBytes(destination)
    if (framed < Number.POSITIVE_INFINITY) requireFraming(this.source, framed, this.fail)
    if (framed > 0) return this.source.pipe(destination)
    this.source.resume()
    destination.end()
    return destination
  }
}

/** How many bytes of a body the head of a request frames: none without a length, all of them in chunks (RFC 9112 section 6.3). */
function framedBytes(request: ClientRequest): number {
  if (request.hasHeader('transfer-encoding')) return Number.POSITIVE_INFINITY
  const length = request.getHeader('content-length')
  return length === undefined ? 0 : Number(length)
}

/** Bytes beyond the framing would be another request to the backend, which nobody has judged. Must be called before `source` is piped. */
function requireFraming(source: Readable, framed: number, fail: (error: Error) => void): void {
  let bytes = 0
  source.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes <= framed) return
    source.unpipe()
    fail(
      new RequestError('bad-request', {
        message: 'the body is longer than the request header says',
        headers: { Connection: 'close' },
      }),
    )
  })
}
