/** Writes the `WWW-Authenticate` value that sends a client for a token. (decision E7) */
import type { Scope } from './model.js'
import { scopeText } from './scope.js'

export interface BearerChallenge {
  /** Absolute URL of the token endpoint, on the authority that the client used. */
  readonly realm: string
  readonly service: string
  /** What the request needs; empty for /v2/ itself. */
  readonly scopes: readonly Scope[]
  /** null where the request came without a token. */
  readonly error: 'invalid_token' | 'insufficient_scope' | null
  /** Of the error, for people: docker shows it, and nothing of the body where there is an error. null for none. */
  readonly description: string | null
}

/**
 * As the registry of distribution writes it: names in lower case, the error last, and no parameter with an empty value, at
 * which clients stop reading. Source: distribution, docs/content/spec/auth/token.md; RFC 6750, section 3.
 */
export function bearerChallenge({ realm, service, scopes, error, description }: BearerChallenge): string {
  const parameters = [
    ['realm', realm],
    ['service', service],
    ['scope', scopeText(scopes)],
    ['error', error ?? ''],
    // Neither of these two may stand in it, not even escaped (RFC 6750, section 3).
    ['error_description', (description ?? '').replace(/["\\]/g, "'")],
  ] as const
  const written = parameters
    .map(([name, value]) => [name, quotable(value)] as const)
    .filter(([, value]) => value !== '')
  return `Bearer ${written.map(([name, value]) => `${name}="${value}"`).join(',')}`
}

/** The inside of a quoted string (RFC 9110, section 5.6.4). */
function quotable(value: string): string {
  return value.replace(/[^ -~]/g, '').replace(/["\\]/g, '\\$&')
}
