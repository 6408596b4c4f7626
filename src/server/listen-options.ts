/** How an address of the configuration is opened: TCP, or a Unix socket as nginx writes it, `unix:/run/portcullis.sock`. */
import type { ListenOptions } from 'node:net'

const unixPrefix = 'unix:'

/** The path of a Unix socket; null for TCP. */
export function socketPath(host: string): string | null {
  return host.startsWith(unixPrefix) ? host.slice(unixPrefix.length) : null
}

/** IPv6 addresses take IPv6 only, and everybody may use a Unix socket, both as with nginx. */
export function listenOptions({ host, port }: { readonly host: string; readonly port: number }): ListenOptions {
  const path = socketPath(host)
  if (path !== null) return { path, readableAll: true, writableAll: true }
  return { host, port, ipv6Only: host.includes(':') }
}
