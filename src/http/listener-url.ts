/** How an address is written as text. */

/** The host of an address: an IPv6 address in brackets (RFC 3986 section 3.2.2), anything else as it is. */
export const bracketed = (host: string) => (host.includes(':') ? `[${host}]` : host)

/** `https://[::]:443`; of a Unix socket `http+unix:/run/gate.sock`. */
export function listenerUrl({
  tls,
  host,
  port,
}: {
  readonly tls: boolean
  readonly host: string
  readonly port: number
}) {
  const scheme = tls ? 'https' : 'http'
  return host.startsWith('unix:') ? `${scheme}+${host}` : `${scheme}://${bracketed(host)}:${port}`
}
