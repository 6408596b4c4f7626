/** Decides what clients are asked for: a password with every request, or a token of the gate's own token service. */
import { allowsAnonymous } from '../access/compile-policy.js'
import type { Policy } from '../access/model.js'
import type { Options } from './options/parse-options.js'
import type { Challenge } from './settings.js'

type TokenOptions = Pick<Options, 'token' | 'tokenIdentity' | 'tokenLifetime' | 'tokenService' | 'tokenIssuer'>

/**
 * A client that is asked for Basic at `/v2/` never pulls without a password, so anonymous pulls beside pushes with a login need tokens,
 * whatever `token` says. Who says anything of tokens means to have them.
 * @param policy null where every user may do everything
 */
export function challengeOf(
  { token, tokenIdentity, tokenLifetime, tokenService, tokenIssuer }: TokenOptions,
  policy: Policy | null,
): Challenge {
  const said = [tokenIdentity, tokenLifetime, tokenService, tokenIssuer].some(({ from }) => from !== 'default')
  return (token.value ?? said) || (policy !== null && allowsAnonymous(policy)) ? 'token' : 'basic'
}
