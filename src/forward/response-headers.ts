/** Which of the backend's headers the client gets, and where its Location points. */
import type { IncomingMessage } from 'node:http'
import type { HeaderLine } from '../http/header-line.js'
import { hopByHopHeaders } from '../http/hop-by-hop.js'

/**
 * A Location on one of the backend's own authorities becomes path-absolute with its query untouched, so that the client
 * stays on the address it used; any other (a redirect to object storage) passes as it is.
 * @param authorities lower-case `host[:port]` of the backend, and of the Host that was sent to it
 */
export function clientLocation(location: string, authorities: readonly string[]): string {
  const match = /^https?:\/\/([^/?#]*)(.*)$/is.exec(location)
  if (match === null || !authorities.includes((match[1] ?? '').toLowerCase())) return location
  const rest = match[2] ?? ''
  return rest.startsWith('/') ? rest : `/${rest}`
}

/** The backend's end-to-end headers in their order and spelling, Location as the client has to see it. */
export function clientResponseHeaders(backend: IncomingMessage, authorities: readonly string[]): HeaderLine[] {
  const stopsHere = hopByHopHeaders(backend.headers.connection)
  const lines: HeaderLine[] = []
  for (let index = 0; index < backend.rawHeaders.length; index += 2) {
    const name = backend.rawHeaders[index] ?? ''
    const value = backend.rawHeaders[index + 1] ?? ''
    const key = name.toLowerCase()
    if (stopsHere(key)) continue
    lines.push(key === 'location' ? { name, value: clientLocation(value, authorities) } : { name, value })
  }
  return lines
}
