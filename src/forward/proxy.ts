/** http-proxy without the passes that make it unsafe; everything about it that has to be known stands in this file. */
import { type Agent, ClientRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import { Stream } from 'node:stream'
import { limitAnswerHead } from './answer-parser.js'
import { backendAddress } from './backend-address.js'
import httpProxy from './quiet-http-proxy.js'

/** What one use of the proxy needs. */
export interface ProxyCall {
  /** `http://host:port` or `https://host:port`. */
  readonly backend: string
  readonly agent: Agent
  /** Path and query exactly as they are sent. */
  readonly path: string
  /** Whether an https backend's certificate is checked. */
  readonly verifyBackend: boolean
  /** Gets the request to the backend before anything of it is sent; its body, its end and its events are the receiver's matter. */
  readonly onRequest: (backendRequest: ClientRequest) => void
}

export type OpenRequest = (request: IncomingMessage, response: ServerResponse, call: ProxyCall) => void

type Pass = (...args: unknown[]) => unknown

/**
 * Makes the request to the backend out of the present method and headers of `request`. The caller has put the headers in order before,
 * sends the body and answers. Two passes are taken out: deleteLength, which lets a chunked DELETE or OPTIONS smuggle a second
 * request (CVE-2026-29057), and XHeaders, because the gate writes those headers itself.
 */
export function createProxy(): OpenRequest {
  const proxy = httpProxy.createProxyServer({ selfHandleResponse: true, toProxy: true, changeOrigin: false })
  const passes: unknown = Reflect.get(proxy, 'webPasses')
  if (!Array.isArray(passes)) throw new Error('http-proxy has no webPasses: another version than 1.18 is installed')
  const kept = passes.filter((pass: Pass) => pass.name === 'timeout' || pass.name === 'stream')
  if (kept.length !== 2) throw new Error('http-proxy has other passes than version 1.18 had')
  Reflect.set(proxy, 'webPasses', kept)

  return (request, response, { backend, agent, path, verifyBackend, onRequest }) => {
    const buffer = new Body(backendRequest => {
      // http-proxy joins and collapses slashes; what was judged is what is sent.
      backendRequest.path = path
      limitAnswerHead(backendRequest)
      onRequest(backendRequest)
    })
    const { protocol, host, port } = backendAddress(backend)
    const target = { protocol, host, port }
    // Errors of the backend's side are told to the receiver of the request, the client's by the end of its response.
    proxy.web(request, response, { target, agent, secure: verifyBackend, headers: {}, buffer }, () => {})
  }
}

/** What http-proxy pipes into its request to the backend at once, and so the first to hear of it. Nothing is piped. */
class Body extends Stream {
  constructor(private readonly onRequest: (backendRequest: ClientRequest) => void) {
    super()
  }

  override pipe<Destination extends NodeJS.WritableStream>(destination: Destination): Destination {
    if (!(destination instanceof ClientRequest)) throw new Error('http-proxy pipes into something else than a request')
    this.onRequest(destination)
    return destination
  }
}
