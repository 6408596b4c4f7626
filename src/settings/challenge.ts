/** Decides what clients are asked for: a password with every request, or a token of the gate's own token service. */
import { allowsAnonymous } from '../access/compile-policy.js'
import type { Policy } from '../access/model.js'

export type Challenge = 'basic' | 'token'

/**
 * A client that is asked for Basic at `/v2/` never pulls without a password, so anonymous pulls beside pushes with a login need tokens.
 * @param tokenSection whether portcullis.yaml has one
 * @param policy null where every user may do everything
 */
export function challengeOf(tokenSection: boolean, policy: Policy | null): Challenge {
  return tokenSection || (policy !== null && allowsAnonymous(policy)) ? 'token' : 'basic'
}
