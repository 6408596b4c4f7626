/**
 * Determines the host names and addresses of a certificate: parses a person's input and adds the machine's own names.
 */
import { isIP, isIPv6 } from 'node:net'
import { domainToASCII } from 'node:url'
import { type Problem, ProblemsFound } from '../errors/problem.js'

export interface CertificateNames {
  /** DNS names in lower case, as ASCII; a leading `*.` is allowed. */
  readonly hosts: readonly string[]
  /** IPv4 and IPv6 addresses in their shortest form, without brackets and zones. */
  readonly addresses: readonly string[]
}

/** The values of `--host` and `--ip`, in their order. */
export interface WantedNames {
  readonly hosts: readonly string[]
  readonly ips: readonly string[]
}

/** The names and addresses that the system reports. */
export interface MachineNames {
  readonly hostName: string
  readonly addresses: readonly string[]
}

/**
 * Returns the wanted names, then `registry.local`, `localhost`, the machine's name, `host.docker.internal`, the
 * loopback addresses and the machine's own addresses, each once. Names of the machine that are invalid in a certificate
 * are omitted.
 * @throws ProblemsFound with every invalid `--host` and `--ip`
 */
export function certificateNames(wanted: WantedNames, machine: MachineNames): CertificateNames {
  const problems: Problem[] = []
  const hosts = new Set<string>()
  const addresses = new Set<string>()
  const add = (where: string, value: string, read: (value: string) => Name) => {
    const name = read(value.trim())
    if (name.kind === 'problem') problems.push({ where, message: `"${value}" ${name.message}`, hint: name.hint })
    else if (name.kind === 'host') hosts.add(name.value)
    else addresses.add(name.value)
  }
  for (const value of wanted.hosts) add('--host', value, readHost)
  for (const value of wanted.ips) add('--ip', value, readAddress)
  if (problems.length > 0) throw new ProblemsFound(problems)

  for (const value of ['registry.local', 'localhost', machine.hostName, 'host.docker.internal'])
    add('', value, readHost)
  for (const value of ['127.0.0.1', '::1', ...machine.addresses]) add('', value, readAddress)
  return { hosts: [...hosts], addresses: [...addresses] }
}

/** A parsed host: a name in lower case (with an optional leading `*.`), an address, or an error. */
export type Name =
  | { readonly kind: 'host' | 'address'; readonly value: string }
  | { readonly kind: 'problem'; readonly message: string; readonly hint: string }

const hostHint = 'a host looks like registry.example.com, an address like 192.168.1.5'

/** Accepts RFC 1123 labels and `_`, which Docker Compose uses in names. An address is returned as an address. */
export function readHost(value: string): Name {
  const bare = value.replace(/^\[(.*)\]$/, '$1')
  if (isIP(bare) !== 0) return readAddress(bare)
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(value)) {
    return { kind: 'problem', message: 'is a URL', hint: 'give the host name alone, without https:// and path' }
  }
  if (/^[^:]+:\d+$/.test(value)) {
    return {
      kind: 'problem',
      message: 'has a port',
      hint: `certificates hold for every port: write ${value.replace(/:\d+$/, '')}`,
    }
  }
  const ascii = /[^\0-\x7f]/.test(value) ? domainToASCII(value) : value
  const host = ascii.toLowerCase().replace(/\.$/, '')
  const labels = host.replace(/^\*\./, '').split('.')
  const valid = host.length <= 253 && labels.every(label => /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/.test(label))
  if (!valid || /^\d+$/.test(labels.at(-1) ?? '')) {
    return { kind: 'problem', message: 'is neither a host name nor an address', hint: hostHint }
  }
  return { kind: 'host', value: host }
}

function readAddress(value: string): Name {
  const bare = value.replace(/^\[(.*)\]$/, '$1')
  if (isIP(bare) === 0) return { kind: 'problem', message: 'is not an IP address', hint: hostHint }
  if (bare.includes('%')) {
    const hint = 'a certificate cannot name one interface: give an address without %'
    return { kind: 'problem', message: 'is an address with a zone', hint }
  }
  return { kind: 'address', value: shortestAddress(bare) }
}

/** The canonical text of an address (RFC 5952). */
export function shortestAddress(address: string): string {
  return isIPv6(address) ? new URL(`http://[${address}]`).hostname.slice(1, -1) : address
}
