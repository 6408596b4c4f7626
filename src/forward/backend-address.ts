/** Reads the URL of a backend. */

export interface BackendAddress {
  readonly protocol: 'http:' | 'https:'
  /** A name or an address, without brackets. */
  readonly host: string
  readonly port: number
  /** How the backend may name itself in a URL, in lower case: with its port, and without. */
  readonly authorities: readonly string[]
}

/** @param url `http://host[:port]` or `https://host[:port]` */
export function backendAddress(url: string): BackendAddress {
  const { protocol, hostname, port } = new URL(url)
  const kind = protocol === 'https:' ? 'https:' : 'http:'
  const number = port === '' ? standardPorts[kind] : Number(port)
  return {
    protocol: kind,
    host: hostname.replace(/^\[|\]$/g, ''),
    port: number,
    authorities: [`${hostname}:${number}`, hostname],
  }
}

const standardPorts = { 'http:': 80, 'https:': 443 } as const
