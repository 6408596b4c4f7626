/** What rules allow, in the terms of tokens. */
import type { May } from '../token/grant.js'

/** What a user may do, or with null somebody who has not logged in. */
export type Permit = (user: string | null) => May

/** Without rules, as with nginx: every user may do everything, and nobody else anything. */
export const everythingToUsers: Permit = user => () => user !== null
