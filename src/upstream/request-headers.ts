/** Which headers the backend gets: the client's own ones that may pass, then those that the gate sets. */
import type { IncomingHttpHeaders } from 'node:http'
import type { HeaderLine } from '../http/header-line.js'
import { hopByHopHeaders } from '../http/hop-by-hop.js'
import { isIdentityHeader } from '../http/identity-headers.js'

/** Other names for the client's address, and for a path or a method that replaces the one that was judged. */
const overriding = new Set([
  'cf-connecting-ip',
  'fastly-client-ip',
  'forwarded',
  'true-client-ip',
  'x-client-ip',
  'x-cluster-client-ip',
  'x-host',
  'x-http-host-override',
  'x-http-method',
  'x-http-method-override',
  'x-method-override',
  'x-original-forwarded-for',
  'x-original-host',
  'x-original-method',
  'x-original-uri',
  'x-original-url',
  'x-real-ip',
  'x-rewrite-url',
])

/** Where the gate speaks for the client, it alone says such things. */
const speaksForClient = (name: string) => name.startsWith('x-forwarded') || overriding.has(name)

export interface RequestHeaderRules {
  /** Headers that replace the client's, in this order; an empty value means that the header is not sent. */
  readonly set: readonly HeaderLine[]
  /** Whether the client's X-Forwarded-*, X-Real-IP, Forwarded and their like are taken away. */
  readonly dropForwarded: boolean
  /** Whether the client's Authorization is taken away: always where the gate has read it. */
  readonly dropAuthorization: boolean
}

/**
 * The complete header of the request to the backend. The body's framing is kept: a length stays that length, chunks stay
 * chunks, no body stays no body, whatever the method is.
 */
export function backendRequestHeaders(
  client: IncomingHttpHeaders,
  method: string,
  rules: RequestHeaderRules,
): Record<string, string | string[]> {
  const stopsHere = hopByHopHeaders(client.connection)
  const headers = new Map<string, string | string[]>()
  for (const [name, value] of Object.entries(client)) {
    if (value === undefined || stopsHere(name) || isIdentityHeader(name) || name === 'expect') continue
    if (rules.dropForwarded && speaksForClient(name)) continue
    if (rules.dropAuthorization && name === 'authorization') continue
    headers.set(name, value)
  }
  const replaced = new Map<string, string[]>()
  for (const { name, value } of rules.set) {
    const key = name.toLowerCase()
    if (framing.has(key)) continue
    const values = replaced.get(key) ?? []
    if (value !== '') values.push(value)
    replaced.set(key, values)
  }
  for (const [name, values] of replaced) {
    const [only] = values
    if (only === undefined) headers.delete(name)
    else headers.set(name, values.length === 1 ? only : values)
  }
  if (client['transfer-encoding'] !== undefined) headers.set('transfer-encoding', 'chunked')
  else if (client['content-length'] === undefined && takesBody.has(method)) headers.set('content-length', '0')
  headers.set('connection', 'keep-alive')
  return Object.fromEntries(headers)
}

/** A configuration cannot change how the message is framed. */
const framing = new Set(['connection', 'content-length', 'transfer-encoding', 'upgrade', 'te', 'trailer', 'expect'])

/** Without a length Node would send these methods as chunks. */
const takesBody = new Set(['POST', 'PUT', 'PATCH'])
