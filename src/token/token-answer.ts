/** What the token endpoint answers: distribution, docs/content/spec/auth/token.md and oauth.md. */
import type { Secret } from '../errors/secret.js'
import type { IssuedToken } from './key-ring.js'
import type { Scope } from './model.js'
import { scopeText } from './scope.js'

export interface TokenAnswer {
  readonly issued: IssuedToken
  /** What was granted. Told in the answer to a POST (RFC 6749, section 5.1); null for a GET. */
  readonly scopes: readonly Scope[] | null
  /** null where none was asked for, or where the gate makes none. */
  readonly identityToken: Secret | null
}

/**
 * JSON. The token comes under both names, because readers of a POST know one and some of a GET the other. `issued_at` is left
 * out: clients would compare it with their own clock.
 */
export function tokenAnswer({ issued, scopes, identityToken }: TokenAnswer): string {
  return JSON.stringify({
    token: issued.token,
    access_token: issued.token,
    token_type: 'Bearer',
    expires_in: issued.expiresInSeconds,
    ...(scopes === null ? {} : { scope: scopeText(scopes) }),
    ...(identityToken === null ? {} : { refresh_token: identityToken.reveal() }),
  })
}
