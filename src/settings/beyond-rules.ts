/** Locations of an nginx.conf that pass other paths on to the registry than those of its API: access rules say nothing about them. */
import type { Problem } from '../errors/problem.js'
import { everyRoute, routesOf } from '../routes/every-route.js'
import type { Content, Listener, Location, Route, Template, VirtualServer } from '../routes/model.js'
import type { Settings } from './settings.js'

/** One problem for each `proxy_pass` by which requests come to the registry that no rule is asked about. */
export function beyondRules({ access, listeners }: Pick<Settings, 'access' | 'listeners'>): readonly Problem[] {
  if (access === null) return []
  const problems = unjudged(listeners).map(({ where, who }): [string, Problem] => [
    where,
    {
      where,
      message: `other paths than /v2/ reach the registry from here, where no access rule is asked: they are open to ${who}`,
      hint: 'let it stand in "location /v2/ { ... }", and answer the others without the registry: location / { return 404; }',
    },
  ])
  // A server has its locations once for each of its addresses, and an `if` passes on as what is around it.
  return [...new Map(problems).values()]
}

function unjudged(listeners: readonly Listener[]): readonly { readonly where: string; readonly who: string }[] {
  const outside = new Set(listeners.flatMap(listener => listener.servers).flatMap(routesOutside))
  const registries = everyRoute(listeners)
    .filter(route => !outside.has(route))
    .flatMap(({ content }) => (content.kind === 'forward' ? [content.backend] : []))
  return [...outside].flatMap(({ content, authentication }) => {
    if (content.kind !== 'forward' || leadsToRegistry(content)) return []
    if (registries.length > 0 && !registries.some(registry => mayBeSame(registry, content.backend))) return []
    return [{ where: content.where, who: authentication === null ? 'everybody' : 'every user' }]
  })
}

/** What the location matches is replaced by a path of the API. */
const leadsToRegistry = ({ path }: Extract<Content, { kind: 'forward' }>) =>
  (path?.replacement.join('') ?? '').startsWith('/v2/')

/** Beside a registry, a page for browsers may have a backend of its own. */
function mayBeSame(a: Template, b: Template): boolean {
  const isVariable = (template: Template) => template.some(part => typeof part !== 'string')
  return isVariable(a) || isVariable(b) || a.join('') === b.join('')
}

/** The routes to which other paths may come. */
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
