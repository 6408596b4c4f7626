/** Whether a route asks for a password in this request; a variable in its realm can decide that. */
import type { Route } from './model.js'
import { headerValue } from './template.js'
import type { Variables } from './variables.js'

/**
 * The realm of the challenge; null if the route asks for no password: it has no realm, or the realm evaluates to `off`,
 * as in nginx.
 */
export function askedRealm({ authentication }: Route, variables: Variables): string | null {
  if (authentication === null) return null
  const realm = headerValue(authentication.realm, variables)
  return realm === 'off' ? null : realm
}
