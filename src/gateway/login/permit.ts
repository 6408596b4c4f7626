/** What rules allow, in the terms of tokens. */
import type { CompiledPolicy } from '../../access/compile-policy.js'
import { decide } from '../../access/decide.js'
import type { AccessAction } from '../../access/model.js'
import type { May } from '../../token/grant.js'

/** What a user may do, or, with null, an anonymous client. */
export type Permit = (user: string | null) => May

/** Without rules, as with nginx: every user may do everything, and nobody else anything. */
export const everythingToUsers: Permit = user => () => user !== null

/** A token that may push may overwrite as well: which of the two a push is shows only when it comes, and is judged by the rules then. */
const withinScope: ReadonlyMap<string, readonly AccessAction[]> = new Map([
  ['pull', ['pull']],
  ['push', ['push', 'overwrite']],
  ['delete', ['delete']],
])

/** Everybody who has logged in may ask for the catalog: it shows each one what they may pull. */
export const permitByRules =
  (policy: CompiledPolicy): Permit =>
  user =>
  (type, name, action) =>
    type === 'repository'
      ? (withinScope.get(action) ?? []).some(each => decide(policy, user, name, each).allowed)
      : type === 'registry' && user !== null
