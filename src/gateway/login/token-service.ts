/** Where a server has a token service: where its registry asks for a login at `/v2/`, and for whom that asks. */
import { askedRealm } from '../../routes/asked-realm.js'
import type { CompiledServer } from '../../routes/compile.js'
import type { RequestView } from '../../routes/model.js'
import { routeRequest } from '../../routes/route-request.js'
import { createVariables } from '../../routes/variables.js'

/** Where clients of token mode are sent; matched before any location of the configuration. */
export const tokenPath = '/auth/token'

export interface TokenService {
  /** By which it answers. */
  readonly usersFile: string
  readonly realm: string
}

/** null where `/v2/` asks nobody: clients take from there how they may log in, and a location beyond it has to ask for Basic. */
export function tokenServiceOf(view: RequestView, server: CompiledServer): TokenService | null {
  const asked = { ...view, method: 'GET', target: '/v2/' }
  const variables = createVariables(server, asked)
  const decision = routeRequest(server, asked, variables)
  if (decision.kind !== 'serve' || decision.route.authentication === null) return null
  const realm = askedRealm(decision.route, variables)
  return realm === null ? null : { usersFile: decision.route.authentication.usersFile, realm }
}
