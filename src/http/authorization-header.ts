/** Reads the Authorization header of a request: RFC 7617 (Basic) and RFC 6750 (Bearer). */
import { Secret } from '../errors/secret.js'

export interface BasicCredentials {
  readonly name: string
  readonly password: Secret
}

/**
 * The user name and password of `Basic base64(name:password)`; the scheme is compared without regard to case.
 * null where the header is missing, of another scheme, not base64, without a colon or without a name, as nginx judges it.
 */
export function parseBasicCredentials(header: string | undefined): BasicCredentials | null {
  const match = /^basic +([A-Za-z0-9+/]+={0,2}) *$/i.exec(header ?? '')
  if (match?.[1] === undefined) return null
  const text = Buffer.from(match[1], 'base64').toString('utf8')
  const colon = text.indexOf(':')
  if (colon < 1) return null
  return { name: text.slice(0, colon), password: new Secret(text.slice(colon + 1)) }
}

/** The token of `Bearer token`; null where the header is missing, of another scheme, or no token (RFC 6750 section 2.1). */
export function parseBearerToken(header: string | undefined): Secret | null {
  const match = /^bearer +([A-Za-z0-9._~+/-]+=*) *$/i.exec(header ?? '')
  return match?.[1] === undefined ? null : new Secret(match[1])
}

/**
 * What the backend is told of an authenticated user: `Basic name:` without a password. A registry without its own
 * authentication takes the name from there for its notifications.
 */
export function nameOnlyAuthorization(name: string): string {
  return `Basic ${Buffer.from(`${name}:`).toString('base64')}`
}

/** `Basic realm="..."`, quoted as RFC 9110 section 5.6.4 says; an empty realm would end the parsing of some clients. */
export function basicChallenge(realm: string): string {
  const printable = [...realm].filter(character => character >= ' ' && character <= '~').join('')
  return `Basic realm="${(printable || 'registry').replace(/["\\]/g, '\\$&')}"`
}
