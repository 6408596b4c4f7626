/** The address at which Prometheus asks: plain HTTP, without a login, and nothing but numbers to be had. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { ProblemsFound } from '../../errors/problem.js'
import { listenerUrl } from '../../http/listener-url.js'
import { metricsContentType } from '../../observe/add-up.js'
import type { Events } from '../../observe/events.js'
import { type FailedAddress, listenProblem } from '../listen-problem.js'

export interface MetricsListener {
  /** `http://127.0.0.1:9100/metrics`, with the real port. */
  readonly url: string
  close(): Promise<void>
}

/** A scrape takes a moment of every worker. Scrapes at the same time share one answer. */
const maxConnections = 64

/**
 * @param scrape gives the numbers in Prometheus' text format
 * @throws ProblemsFound where the address cannot be opened
 */
export async function openMetricsListener(
  address: FailedAddress,
  scrape: () => Promise<string>,
  events: Pick<Events, 'requestFailed'>,
): Promise<MetricsListener> {
  let underWay: Promise<string> | null = null
  const numbers = () => {
    underWay ??= scrape().finally(() => {
      underWay = null
    })
    return underWay
  }
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const path = request.url?.split('?', 1)[0]
    const say = (status: number, type: string, body: string, headers: Readonly<Record<string, string>> = {}) =>
      response
        .writeHead(status, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(body), ...headers })
        .end(request.method === 'HEAD' ? undefined : body)
    const text = 'text/plain; charset=utf-8'
    if (path !== '/metrics' && path !== '/healthz') return say(404, text, 'metrics are under /metrics\n')
    const allow = { Allow: 'GET, HEAD, OPTIONS' }
    if (request.method === 'OPTIONS') return response.writeHead(204, allow).end()
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return say(405, text, 'metrics can only be read\n', allow)
    if (path === '/healthz') return say(200, 'application/json; charset=utf-8', '{"status":"ok"}\n')
    try {
      say(200, metricsContentType, await numbers())
    } catch (error) {
      events.requestFailed(error)
      say(500, text, 'the numbers could not be gathered: the log says more\n')
    }
  }
  const server = createServer(
    { headersTimeout: 10_000, requestTimeout: 10_000, connectionsCheckingInterval: 1_000, maxHeaderSize: 16 * 1024 },
    (request, response) => void answer(request, response),
  )
  server.maxConnections = maxConnections
  server.setTimeout(60_000)
  await new Promise<void>((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException) =>
      reject(new ProblemsFound([listenProblem(error, { ...address, flag: '--metrics' }, process.platform)]))
    server.once('error', failed)
    server.listen({ host: address.host, port: address.port }, () => {
      server.off('error', failed)
      resolve()
    })
  })
  const bound = server.address()
  const port = typeof bound === 'object' && bound !== null ? bound.port : address.port
  return {
    url: `${listenerUrl({ tls: false, host: address.host, port })}/metrics`,
    close() {
      const ended = new Promise<void>(resolve => server.close(() => resolve()))
      server.closeAllConnections()
      return ended
    },
  }
}
