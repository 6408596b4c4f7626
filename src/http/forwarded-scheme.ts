/** Which schemes the proxies before this gate say that they were asked by. (decision E4) */
import type { IncomingHttpHeaders } from 'node:http'

export type Scheme = 'http' | 'https'

/** Each holds a scheme, or several of them with commas between, the client's own first. */
const named = ['x-forwarded-proto', 'x-forwarded-protocol', 'x-forwarded-scheme', 'x-url-scheme'] as const
/** Each holds `on` or `off`. */
const switches = ['x-forwarded-ssl', 'front-end-https'] as const

/**
 * The schemes of all hops that are named, of X-Forwarded-Proto and its like, then of Forwarded (RFC 7239), then of the headers that say
 * `on` or `off`. Within one header the hop that is nearest to the client comes first. Anybody can send these headers.
 */
export function forwardedSchemes(headers: IncomingHttpHeaders): readonly Scheme[] {
  const said = named.flatMap(name => listed(headers[name]))
  // Neither a comma nor a semicolon within quotes can make a pair that begins with `proto=` and holds nothing but a scheme.
  const pairs = listed(headers.forwarded).flatMap(element => element.split(';'))
  for (const pair of pairs) {
    const [key = '', value = ''] = pair.split('=', 2)
    if (key.trim() === 'proto') said.push(value.trim().replace(/^"|"$/g, ''))
  }
  const schemes = said.filter(text => text === 'http' || text === 'https')
  const switched = switches.flatMap(name => listed(headers[name]))
  return [
    ...schemes,
    ...switched.flatMap((text): Scheme[] => (text === 'on' ? ['https'] : text === 'off' ? ['http'] : [])),
  ]
}

/** In lower case. */
const listed = (value: string | readonly string[] | undefined): string[] =>
  [value ?? []]
    .flat()
    .join()
    .split(',')
    .map(text => text.trim().toLowerCase())
