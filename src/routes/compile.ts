/** Compiles a listener: prepares regular expressions and lookup tables once per configuration. */
import { toBytes } from './bytes.js'
import { type CompiledMap, compileMap } from './compile-map.js'
import { type CompiledStep, compileSteps } from './compile-steps.js'
import type { Listener, Location, Route, VirtualServer } from './model.js'
import { type NameTable, nameTable } from './names.js'
import { type CompiledRegex, compileRegex } from './regex.js'
import { routeBytes } from './route-bytes.js'
import { type CompiledUpstream, compileUpstream } from './upstream.js'

export interface CompiledListener {
  readonly settings: Listener
  readonly defaultServer: CompiledServer
  readonly names: NameTable<CompiledServer>
}

export interface CompiledServer {
  readonly settings: VirtualServer
  /** The server block itself. It applies if no location matches. */
  readonly place: CompiledPlace
  readonly named: ReadonlyMap<string, CompiledPlace>
  /** Server names that are regular expressions. Their named groups become variables. */
  readonly nameRegexes: readonly CompiledRegex[]
  readonly maps: ReadonlyMap<string, CompiledMap>
  readonly upstreams: ReadonlyMap<string, CompiledUpstream>
}

/** A location or the server block, with its direct child locations. */
export interface CompiledPlace {
  readonly steps: readonly CompiledStep[]
  /** The texts are bytes; everything else is as configured. */
  readonly route: Route
  readonly exact: ReadonlyMap<string, CompiledPlace>
  /** Sorted by length, longest first. */
  readonly prefixes: readonly { readonly path: string; readonly final: boolean; readonly place: CompiledPlace }[]
  readonly patterns: readonly { readonly regex: CompiledRegex; readonly place: CompiledPlace }[]
  /** Paths without their final slash that redirect to the path with it, and the location that has that path. */
  readonly slashes: ReadonlyMap<string, CompiledPlace>
}

export function compileListener(settings: Listener): CompiledListener {
  const servers = settings.servers.map(compileServer)
  const [defaultServer] = servers
  if (defaultServer === undefined) throw new Error(`the listener of ${settings.where} has no server`)
  const named = servers.flatMap(server => server.settings.names.map(name => ({ name, value: server })))
  return { settings, defaultServer, names: nameTable(named) }
}

function compileServer(settings: VirtualServer): CompiledServer {
  const named = new Map<string, CompiledPlace>()
  for (const location of settings.locations) {
    if (location.match.kind === 'named') named.set(toBytes(location.match.path), compilePlace(location))
  }
  return {
    settings,
    place: compilePlace(settings),
    named,
    nameRegexes: settings.names.flatMap(name => (name.kind === 'regex' ? [compileRegex(name.pattern)] : [])),
    maps: new Map(settings.maps.map(map => [map.variable, compileMap(map)])),
    upstreams: new Map(settings.upstreams.map(upstream => [upstream.name, compileUpstream(upstream)])),
  }
}

function compilePlace(settings: Pick<Location, 'steps' | 'route' | 'locations'>): CompiledPlace {
  const exact = new Map<string, CompiledPlace>()
  const slashes = new Map<string, CompiledPlace>()
  const prefixes: { path: string; final: boolean; place: CompiledPlace }[] = []
  const patterns: { regex: CompiledRegex; place: CompiledPlace }[] = []
  for (const location of settings.locations) {
    const { match } = location
    if (match.kind === 'named') continue
    const place = compilePlace(location)
    if (match.kind === 'regex') {
      patterns.push({ regex: compileRegex(match.pattern), place })
      continue
    }
    const path = toBytes(match.path)
    if (match.kind === 'exact') exact.set(path, place)
    else prefixes.push({ path, final: match.kind === 'final-prefix', place })
    // As in nginx, only a forwarding location redirects to its path with the slash.
    if (path.endsWith('/') && location.route.content.kind === 'forward') slashes.set(path.slice(0, -1), place)
  }
  prefixes.sort((a, b) => b.path.length - a.path.length)
  return { steps: compileSteps(settings.steps), route: routeBytes(settings.route), exact, prefixes, patterns, slashes }
}
