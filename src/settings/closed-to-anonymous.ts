/**
 * Checks rules for `anonymous` beside an nginx.conf. Rules only restrict, so a location must admit clients without a
 * password.
 */
import type { Policy } from '../access/model.js'
import type { Problem } from '../errors/problem.js'
import { everyRoute } from '../routes/every-route.js'
import type { Listener, Route } from '../routes/model.js'

/**
 * Returns one problem for each rule that allows something to `anonymous` although the file always asks for a password.
 */
export function closedToAnonymous({ rules }: Policy, listeners: readonly Listener[], confFile: string): Problem[] {
  if (everyRoute(listeners).some(isOpenToBackend)) return []
  return rules
    .filter(rule => rule.effect === 'may' && rule.who.some(who => who.kind === 'anonymous'))
    .map(({ where }) => ({
      where,
      message: `${confFile} asks every client for a password, and rules can only restrict what it allows`,
      hint: `write "auth_basic off;" into a location of ${confFile} that is to be open, or take anonymous out`,
    }))
}

/** A realm with a variable can evaluate to `off`. */
const isOpenToBackend = ({ content, authentication }: Route) =>
  content.kind === 'forward' && (authentication === null || authentication.realm.some(part => typeof part !== 'string'))
