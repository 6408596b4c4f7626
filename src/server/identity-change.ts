/**
 * Which identity tokens came and which went: told to workers instead of all of them, of which there may be very many.
 * (decision T7)
 */
import type { IdentityToken } from '../token/model.js'
import type { TokenState } from './token-files.js'

export interface IdentityChange {
  readonly made: readonly IdentityToken[]
  /** Ids. */
  readonly gone: readonly string[]
}

/** null where more than identity tokens is other than before. */
export function identityChange(before: TokenState | null, after: TokenState | null): IdentityChange | null {
  if (before === null || after === null || before.secret !== after.secret || before.keys !== after.keys) return null
  const [old, now] = [before.identityTokens, after.identityTokens]
  return {
    made: [...now.values()].filter(record => old.get(record.id) !== record),
    gone: [...old.keys()].filter(id => !now.has(id)),
  }
}

/** The state with the change, in whichever state it has been made. */
export function withIdentityChange(state: TokenState | null, { made, gone }: IdentityChange): TokenState | null {
  if (state === null) return null
  const identityTokens = new Map(state.identityTokens)
  for (const id of gone) identityTokens.delete(id)
  for (const record of made) identityTokens.set(record.id, record)
  return { ...state, identityTokens }
}
