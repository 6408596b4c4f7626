/** The host and port of a registry as they stand in image names, from what a person or a browser said. */
import { readHost } from './names.js'

/** A registry as image names begin with it: `registry.local:5000`, `registry.example.com` (port 443), `[fd00::1]:5000`. */
export interface RegistryAddress {
  readonly name: string
  /** The host alone, lower case; an address without brackets. */
  readonly host: string
}

export type ReadAddress =
  | { readonly kind: 'address'; readonly address: RegistryAddress }
  | { readonly kind: 'problem'; readonly message: string; readonly hint: string }

/**
 * Reads `NAME` or `NAME:PORT`. Only letters, digits, `.`, `-`, `_` and what an IP address needs come through, never an empty label,
 * so that the name can stand in a path and in a command.
 */
export function readRegistryAddress(text: string, defaultPort: number): ReadAddress {
  const withPort = /^(\[[^\]]*\]|[^:]*):(\d{1,5})$/.exec(text)
  const port = withPort === null ? defaultPort : Number(withPort[2])
  const host = readHost(withPort?.[1] ?? text)
  if (host.kind === 'problem') return host
  const hint = 'write it as in the names of images, registry.example.com:5000'
  if (port < 1 || port > 65535) return { kind: 'problem', message: 'has no port between 1 and 65535', hint }
  if (host.value.startsWith('*')) return { kind: 'problem', message: 'is a pattern, not a name', hint }
  const bracketed = host.value.includes(':') ? `[${host.value}]` : host.value
  return {
    kind: 'address',
    address: { name: port === 443 ? bracketed : `${bracketed}:${port}`, host: host.value },
  }
}
