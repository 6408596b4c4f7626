/** Finds the location for a URI by nginx's rules (ngx_http_core_find_location). */
import type { CompiledPlace } from './compile.js'
import type { Variables } from './variables.js'

export type Found =
  | { readonly kind: 'place'; readonly place: CompiledPlace }
  /** The URI lacks the final slash of this location. */
  | { readonly kind: 'slash'; readonly place: CompiledPlace }

/**
 * An exact location ends the search. Otherwise the first matching regular expression wins over the longest prefix,
 * unless that prefix is final (`^~`). The search repeats within the found location. Returns the place itself if nothing
 * in it matches.
 */
export function findLocation(outer: CompiledPlace, uri: string, variables: Variables): Found {
  return search(outer, uri, variables).found ?? { kind: 'place', place: outer }
}

interface Search {
  readonly found: Found | null
  /** Whether an outer regular expression can no longer win. */
  readonly settled: boolean
}

function search(outer: CompiledPlace, uri: string, variables: Variables): Search {
  const exact = outer.exact.get(uri)
  if (exact !== undefined) return { found: { kind: 'place', place: exact }, settled: true }
  const prefix = outer.prefixes.find(each => uri.startsWith(each.path))
  const slash = outer.slashes.get(uri)
  if (slash !== undefined && prefix?.path !== uri) return { found: { kind: 'slash', place: slash }, settled: true }

  let found: Found | null = null
  if (prefix !== undefined) {
    const inner = search(prefix.place, uri, variables)
    found = inner.found ?? { kind: 'place', place: prefix.place }
    if (inner.settled) return { found, settled: true }
  }
  if (prefix === undefined || !prefix.final) {
    for (const { regex, place } of outer.patterns) {
      if (!variables.match(regex, uri)) continue
      const inner = search(place, uri, variables)
      return { found: inner.found ?? { kind: 'place', place }, settled: true }
    }
  }
  return { found, settled: false }
}
