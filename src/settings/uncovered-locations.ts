/**
 * Finds locations of an nginx.conf that forward paths outside the registry API to the registry. Access rules do not
 * cover them.
 */
import type { Problem } from '../errors/problem.js'
import { everyRoute, routesOf } from '../routes/every-route.js'
import type { Content, Listener, Location, Route, Template, VirtualServer } from '../routes/model.js'
import type { Settings } from './settings.js'

/** Returns one problem for each `proxy_pass` through which requests reach the registry without an access check. */
export function uncoveredLocations({ access, listeners }: Pick<Settings, 'access' | 'listeners'>): readonly Problem[] {
  if (access === null) return []
  const problems = uncheckedRoutes(listeners).map(({ where, who }): [string, Problem] => [
    where,
    {
      where,
      message: `other paths than /v2/ reach the registry from here without an access check: they are open to ${who}`,
      hint: 'move it into "location /v2/ { ... }", and answer other paths without the registry: location / { return 404; }',
    },
  ])
  // Removes duplicates: a server appears once per address, and an `if` forwards like its location.
  return [...new Map(problems).values()]
}

function uncheckedRoutes(listeners: readonly Listener[]): readonly { readonly where: string; readonly who: string }[] {
  const outside = new Set(listeners.flatMap(listener => listener.servers).flatMap(routesOutside))
  const registries = everyRoute(listeners)
    .filter(route => !outside.has(route))
    .flatMap(({ content }) => (content.kind === 'forward' ? [content.backend] : []))
  return [...outside].flatMap(({ content, authentication }) => {
    if (content.kind !== 'forward' || targetsRegistry(content)) return []
    if (registries.length > 0 && !registries.some(registry => mayBeSameBackend(registry, content.backend))) return []
    return [{ where: content.where, who: authentication === null ? 'every client' : 'every user' }]
  })
}

/** Whether the replacement of the matched path is a path of the registry API. */
const targetsRegistry = ({ path }: Extract<Content, { kind: 'forward' }>) =>
  (path?.replacement.join('') ?? '').startsWith('/v2/')

/** Whether both can be the same backend. A page for browsers may have its own backend. */
function mayBeSameBackend(a: Template, b: Template): boolean {
  const isVariable = (template: Template) => template.some(part => typeof part !== 'string')
  return isVariable(a) || isVariable(b) || a.join('') === b.join('')
}

/** The routes that can receive paths outside the registry API. */
function routesOutside({ route, locations }: VirtualServer): readonly Route[] {
  const outside = [route, ...locations.filter(({ match }) => match.kind !== 'named').flatMap(outsideOf)]
  const named = locations.filter(({ match }) => match.kind === 'named' && outside.some(each => jumps(each, match.path)))
  return [...outside, ...named.flatMap(routesOf)]
}

function outsideOf(location: Location): readonly Route[] {
  return isBelowRegistry(location.match) ? [] : [...routesOf(location), ...location.locations.flatMap(outsideOf)]
}

function isBelowRegistry(match: Location['match']): boolean {
  return match.kind === 'regex' ? /^\^\/v2(\/|\$)/.test(match.pattern.source) : /^\/v2(\/|$)/.test(match.path)
}

const jumps = ({ errorPages }: Route, named: string) => errorPages.some(({ target }) => target.join('') === named)
