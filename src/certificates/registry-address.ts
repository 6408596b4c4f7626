/** Parses the host and port of a registry as image names contain them. */
import { readHost } from './names.js'

/**
 * A registry in the form that image names use: `registry.local:5000`, `registry.example.com` (port 443),
 * `[fd00::1]:5000`.
 */
export interface RegistryAddress {
  readonly name: string
  /** The host in lower case; an address has no brackets. */
  readonly host: string
}

export type ReadAddress =
  | { readonly kind: 'address'; readonly address: RegistryAddress }
  | { readonly kind: 'problem'; readonly message: string; readonly hint: string }

/**
 * Parses `NAME` or `NAME:PORT`. Accepts only letters, digits, `.`, `-`, `_` and the characters of IP addresses, and no
 * empty label, so the result is safe in a path and in a command.
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
