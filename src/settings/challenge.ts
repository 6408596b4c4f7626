/** Decides what the gate demands from clients: a password with every request, or a token of its own token service. */
import { allowsAnonymous } from '../access/compile-policy.js'
import type { Policy } from '../access/model.js'
import type { Options } from './options/parse-options.js'
import type { Challenge } from './settings.js'

type TokenOptions = Pick<Options, 'token' | 'tokenIdentity' | 'tokenLifetime' | 'tokenService' | 'tokenIssuer'>

/**
 * Clients that receive a Basic challenge at `/v2/` never pull without a password. Anonymous pulls beside authenticated
 * pushes therefore require tokens, whatever `token` says. Any other token option also enables tokens.
 * @param policy null if every user may do everything
 */
export function challengeOf(
  { token, tokenIdentity, tokenLifetime, tokenService, tokenIssuer }: TokenOptions,
  policy: Policy | null,
): Challenge {
  const isSet = [tokenIdentity, tokenLifetime, tokenService, tokenIssuer].some(({ from }) => from !== 'default')
  return (token.value ?? isSet) || (policy !== null && allowsAnonymous(policy)) ? 'token' : 'basic'
}
