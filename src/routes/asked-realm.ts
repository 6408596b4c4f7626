/** Whether a route asks for a password in this request, which a variable in its realm may decide. */
import type { Route } from './model.js'
import { headerValue } from './template.js'
import type { Variables } from './variables.js'

/** The realm to show; null where nobody is asked: there is none, or it comes out as `off`, as nginx has it. */
export function askedRealm({ authentication }: Route, variables: Variables): string | null {
  if (authentication === null) return null
  const realm = headerValue(authentication.realm, variables)
  return realm === 'off' ? null : realm
}
