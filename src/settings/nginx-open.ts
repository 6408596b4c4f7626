/** Rules for `anonymous` beside an nginx.conf: rules only narrow, so some location has to let people in without a password. */
import type { Policy } from '../access/model.js'
import type { Problem } from '../errors/problem.js'
import { everyRoute } from '../routes/every-route.js'
import type { Listener, Route } from '../routes/model.js'

/** One problem for each rule that gives something to `anonymous` where the file asks everybody for a password. */
export function closedToAnonymous({ rules }: Policy, listeners: readonly Listener[], confFile: string): Problem[] {
  if (everyRoute(listeners).some(isOpenToBackend)) return []
  return rules
    .filter(rule => rule.effect === 'may' && rule.who.some(who => who.kind === 'anonymous'))
    .map(({ where }) => ({
      where,
      message: `${confFile} asks everybody for a password, and rules only narrow what it allows`,
      hint: `write "auth_basic off;" into a location of ${confFile} that is to be open, or take anonymous out`,
    }))
}

/** A realm with a variable in it may turn out to be `off`. */
const isOpenToBackend = ({ content, authentication }: Route) =>
  content.kind === 'forward' && (authentication === null || authentication.realm.some(part => typeof part !== 'string'))
