/** Who is asking, as the gate has found out. */
import type { Scope } from '../../token/model.js'

export type Principal =
  /** The route asks nobody. */
  | { readonly kind: 'nobody' }
  /** Nobody has logged in, where the route asks; the rules decide what that may do. */
  | { readonly kind: 'anonymous'; readonly grants: readonly Scope[] | null }
  /**
   * A user of the route's htpasswd file. `grants` are those of the access token that was shown: it may do no more than they say. null with
   * a password, which may do all that the rules allow.
   */
  | { readonly kind: 'user'; readonly name: string; readonly grants: readonly Scope[] | null }

/** The user's name, for the log and for the backend; null where there is none. */
export const userOf = (principal: Principal): string | null => (principal.kind === 'user' ? principal.name : null)
