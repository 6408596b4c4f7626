/** What the primary and its workers say to each other; structured clones, so that maps and bytes arrive as such. */
import type { Problem } from '../errors/problem.js'
import type { ReadOnly } from '../gateway/model.js'
import type { Attempt } from '../login-limits/attempt.js'
import type { PasswordOutcome } from '../login-limits/limits.js'
import type { Snapshot } from '../observe/add-up.js'
import type { Listener } from '../routes/model.js'
import type { IdentityToken } from '../token/model.js'
import type { Users } from '../users/htpasswd/users.js'
import type { IdentityChange } from './identity-change.js'
import type { ServingState } from './serving-state.js'
import type { TokenState } from './token-files.js'

/** What names an address in a message: the one that was asked for, also where port 0 took another. */
export const addressName = ({ host, port }: Pick<Listener, 'host' | 'port'>): string => JSON.stringify([host, port])

export type ToWorker =
  /** Build everything from this state; answered by `ready` or `refused`. */
  | { readonly kind: 'prepare'; readonly id: number; readonly state: ServingState }
  /** From now on requests are served by the prepared state; answered by `committed`. */
  | { readonly kind: 'commit'; readonly id: number }
  /** Another worker could not prepare it: forget it. */
  | { readonly kind: 'discard'; readonly id: number }
  /** A connection that the primary accepted, its socket beside the message; answered by `taken`. */
  | { readonly kind: 'connection'; readonly id: number; readonly address: string }
  /** One htpasswd file has changed. */
  | { readonly kind: 'users'; readonly file: string; readonly users: Users }
  /** The registry is read-only from now on; null: no longer. A worker that has not been told lets clients push. */
  | { readonly kind: 'read-only'; readonly readOnly: ReadOnly | null }
  /** Credentials that another worker has proved. */
  | { readonly kind: 'proof'; readonly proof: string }
  /** Keys or identity tokens have changed. */
  | { readonly kind: 'tokens'; readonly tokens: TokenState | null }
  /** Nothing but identity tokens has changed. */
  | { readonly kind: 'identity-tokens'; readonly change: IdentityChange }
  /** The answer to `identity`, once every worker has been told of what has changed; `fault`: null where all is well. */
  | { readonly kind: 'identity-answered'; readonly id: number; readonly fault: string | null }
  /** What became of an `attempt`; `seconds`: until another one has a chance. */
  | {
      readonly kind: 'attempt-answered'
      readonly id: number
      readonly answer:
        | { readonly kind: 'admitted' }
        | { readonly kind: 'locked'; readonly seconds: number }
        | { readonly kind: 'busy' }
    }
  /** What has been counted so far? Answered by `counted`. */
  | { readonly kind: 'count'; readonly id: number }
  /** Let transfers end, exit. No connection comes after it. */
  | { readonly kind: 'drain' }

export type FromWorker =
  /** The first word: the worker can be told something. */
  | { readonly kind: 'started' }
  | { readonly kind: 'ready'; readonly id: number }
  | { readonly kind: 'refused'; readonly id: number; readonly problems: readonly Problem[] }
  | { readonly kind: 'committed'; readonly id: number }
  | { readonly kind: 'taken'; readonly id: number }
  /** So many connections that were taken have ended. */
  | { readonly kind: 'connections-ended'; readonly count: number }
  | { readonly kind: 'counted'; readonly id: number; readonly snapshot: Snapshot }
  /** An identity token that is to be kept; null: the primary is to look for those of other gates. Answered by `identity-answered`. */
  | { readonly kind: 'identity'; readonly id: number; readonly record: IdentityToken | null }
  /** The identity token with this id is used now. */
  | { readonly kind: 'identity-used'; readonly token: string }
  /** Credentials that this worker has proved, as its keyed hash: the others need not prove them again. */
  | { readonly kind: 'proved'; readonly proof: string }
  /**
   * May a password be checked? Answered by `attempt-answered`. `proved`: it is known to be right. `user`: the name, if there is a user
   * of that name.
   */
  | {
      readonly kind: 'attempt'
      readonly id: number
      readonly attempt: Attempt
      readonly proved: boolean
      readonly user: string | null
    }
  /** What the check of an admitted attempt has shown; `unknown` also where nobody waits for the answer any more. */
  | { readonly kind: 'attempt-ended'; readonly id: number; readonly outcome: PasswordOutcome }

/** A message of this program, not of another one on the same channel. */
export function isMessage<T extends { readonly kind: string }>(value: unknown): value is T {
  return typeof value === 'object' && value !== null && 'kind' in value && typeof value.kind === 'string'
}
