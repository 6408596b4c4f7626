/** One request in hand, and the short answers that several operations share. */
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { RegistryRules, RepositoryRules } from '../registry-api/rules.js'

/** A request to one repository. */
export interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly repository: string
  /** Tag, digest or upload id; empty where the route has none. */
  readonly reference: string
  readonly query: URLSearchParams
  readonly rules: RepositoryRules
  readonly runExpensive: RegistryRules['runExpensive']
  /** The digest that a tag named before this request moved it. */
  replaced: string | null
}

/** An answer without a body. 204 and 304 carry no length (RFC 9110, 8.6). */
export function sendEmpty(response: ServerResponse, status: number, headers: OutgoingHttpHeaders): void {
  const length = status === 204 || status === 304 || 'Content-Length' in headers ? {} : { 'Content-Length': 0 }
  response.writeHead(status, { ...headers, ...length }).end()
}

export function sendWhole(response: ServerResponse, headers: OutgoingHttpHeaders, body: string | Uint8Array): void {
  response.writeHead(200, { ...headers, 'Content-Length': Buffer.byteLength(body) }).end(body)
}

export function sendJson(response: ServerResponse, value: unknown, headers: OutgoingHttpHeaders = {}): void {
  sendWhole(response, { 'Content-Type': 'application/json', ...headers }, `${JSON.stringify(value)}\n`)
}

/** Does If-None-Match name this entity tag (RFC 9110, 13.1.2)? A bare digest counts, as in distribution. */
export function isUnmodified(request: IncomingMessage, etag: string): boolean {
  const header = request.headers['if-none-match']
  if (header === undefined) return false
  const bare = (text: string) => text.trim().replace(/^W\//, '').replaceAll('"', '')
  return header.split(',').some(text => text.trim() === '*' || bare(text) === bare(etag))
}
