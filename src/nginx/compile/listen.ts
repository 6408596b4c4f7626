/** nginx's `listen`: an address, and whether it speaks TLS and takes unknown names. */

import type { NginxReading } from '../reading.js'
import type { CheckedDirective } from '../row.js'

export interface Listen {
  readonly host: string
  /** 0 for a unix socket. */
  readonly port: number
  readonly tls: boolean
  readonly isDefault: boolean
  readonly at: string
}

/** Parameters of the socket that make no difference here. */
const withoutEffect: readonly RegExp[] = [
  /^(?:deferred|bind|reuseport|http2|ipv6only=(?:on|off))$/,
  /^(?:backlog|setfib|fastopen)=\d+$/,
  /^(?:rcvbuf|sndbuf)=\d+[kKmM]?$/,
  /^so_keepalive=[\w:]+$/,
  /^accept_filter=\w+$/,
]

/** What holds for a server without `listen`. */
export function standardListen(at: string): Listen {
  return { host: '0.0.0.0', port: 80, tls: false, isDefault: false, at }
}

/** One address, two for `[::]:443 ipv6only=off`, none where it is malformed. */
export function parseListen({ args, at }: CheckedDirective, reading: NginxReading): readonly Listen[] {
  const [word = '', ...parameters] = args
  const address = parseAddress(word)
  if (address === null) {
    reading.problem(
      at,
      `"${word}" is no address to listen on`,
      'write a port, or an address and a port: 127.0.0.1:5000',
    )
    return []
  }
  for (const parameter of parameters) {
    if (parameter === 'quic' || parameter === 'proxy_protocol') {
      reading.problem(at, `"${parameter}" is not supported yet: it changes what is spoken on this address`)
    } else if (parameter === 'http2') {
      reading.ignore(at, '"http2" is ignored: the gate speaks HTTP/1.1, which every client of a registry does')
    } else if (!/^(ssl|default_server|default)$/.test(parameter) && !withoutEffect.some(each => each.test(parameter))) {
      reading.problem(at, `"${parameter}" is no parameter of "listen"`, 'look for a missing ";"')
    }
  }
  const listen = {
    ...address,
    tls: parameters.includes('ssl'),
    isDefault: parameters.includes('default_server') || parameters.includes('default'),
    at,
  }
  const both = listen.host === '::' && parameters.includes('ipv6only=off')
  return both ? [listen, { ...listen, host: '0.0.0.0' }] : [listen]
}

/** `443`, `*:443`, `127.0.0.1`, `localhost:80`, `[::]:443`, `unix:/run/gate.sock`. */
function parseAddress(word: string): { readonly host: string; readonly port: number } | null {
  if (word.startsWith('unix:')) return word.length > 5 ? { host: word, port: 0 } : null
  const found = /^(?:(\*|\[[0-9a-f:.]+\]|[^\s:/?#[\]*]+):)?(\d{1,5})$/i.exec(word)
  if (found !== null) {
    const port = Number(found[2])
    return port >= 1 && port <= 65_535 ? { host: hostOf(found[1] ?? '*'), port } : null
  }
  return /^(\*|\[[0-9a-f:.]+\]|[^\s:/?#[\]*]+)$/i.test(word) ? { host: hostOf(word), port: 80 } : null
}

function hostOf(word: string): string {
  return word === '*' ? '0.0.0.0' : word.replace(/^\[|\]$/g, '').toLowerCase()
}
