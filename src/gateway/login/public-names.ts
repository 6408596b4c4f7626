/** Where a client reaches this gate, by its own words, and whether the gate speaks for that name. (decision T3) */
import { isIP } from 'node:net'
import { shortestAddress } from '../../certificates/names.js'
import { RequestError } from '../../errors/request-error.js'
import { forwardedSchemes, type Scheme } from '../../http/forwarded-scheme.js'
import type { CompiledListener } from '../../routes/compile.js'
import type { RequestView } from '../../routes/model.js'
import { findName, hostName } from '../../routes/names.js'

export interface PublicEndpoint {
  readonly listener: CompiledListener
  /** Of publicNames. */
  readonly names: ReadonlySet<string>
  /** Whose X-Forwarded-Proto is believed. */
  readonly trusted: (address: string) => boolean
}

/** The spelling in which a name that a client used is looked for. @param said names and addresses of certificates and of --host */
export function publicNames(said: readonly string[]): ReadonlySet<string> {
  return new Set(said.map(spelled))
}

/** An address without brackets in its shortest form, a name in lower case without a dot at its end. */
function spelled(host: string): string {
  const bare = host.replace(/^\[(.*)\]$/, '$1')
  return isIP(bare) === 0 ? hostName(host) : shortestAddress(bare)
}

/**
 * `https://registry.local:5000`, to be the beginning of a URL that is sent to the client: it has used this authority itself, and so can
 * reach it, and some clients take no other.
 * @throws RequestError 421 where nothing says that the name is ours: a client is not to be sent with its password to another place
 */
export function publicOrigin(view: RequestView, door: PublicEndpoint): string {
  const { host = ofArrival(view) } = view.headers
  if (!speaksFor(hostName(host), view, door)) {
    const name = hostName(host)
    throw new RequestError('misdirected', {
      message: `this gate does not answer for ${name}`,
      detail: {
        hint: `start it with --host ${name}, or let its certificate name it: portcullis certs create --host ${name} --force`,
      },
    })
  }
  return `${schemeOf(view, door)}://${host}`
}

const ofArrival = ({ serverAddress, serverPort }: RequestView) =>
  `${isIP(serverAddress) === 6 ? `[${serverAddress}]` : serverAddress}:${serverPort}`

function speaksFor(host: string, { serverAddress }: RequestView, { listener, names }: PublicEndpoint): boolean {
  const name = spelled(host)
  if (names.has(name) || findName(listener.names, host) !== null) return true
  if (isIP(name) !== 0) return isLoopback(name) || name === spelled(serverAddress)
  return name === 'localhost' || names.has(name.replace(/^[^.]*/, '*'))
}

const isLoopback = (address: string) => address === '::1' || (isIP(address) === 4 && address.startsWith('127.'))

function schemeOf({ scheme, remoteAddress, headers }: RequestView, { trusted }: PublicEndpoint): Scheme {
  const [said] = trusted(remoteAddress) ? forwardedSchemes(headers) : []
  return said ?? scheme
}
