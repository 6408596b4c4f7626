/** Reads and writes scopes: distribution, docs/content/spec/auth/scope.md. */
import { isRepositoryName } from '../registry-api/names.js'
import type { Scope } from './model.js'

/**
 * What a client can make a token grow by, in characters: a token with this much and a certificate stays below 8 KiB, the usual
 * limit of a header line. Scopes beyond are left out, as those that nobody may have are.
 */
const maxCharacters = 5000
/** What a scope adds beside its name. */
const frame = '{"type":"repository","name":"","actions":["pull","push","delete","*"]},'.length

const knownActions: ReadonlySet<string> = new Set(['pull', 'push', 'delete', '*'])

/**
 * The scopes that the values of `scope` parameters ask for. A value may hold several, separated by blanks; the same resource
 * comes out once. What is unknown, malformed or beyond the bounds is left out: a token with fewer grants is no error.
 */
export function parseScopes(values: readonly string[]): Scope[] {
  const asked = new Map<string, { readonly type: string; readonly name: string; readonly actions: Set<string> }>()
  let characters = 0
  for (const word of values.flatMap(value => value.split(' '))) {
    const scope = word.length > maxCharacters ? null : parseScope(word)
    if (scope === null) continue
    const resource = `${scope.type}:${scope.name}`
    const known = asked.get(resource)
    if (known === undefined) {
      characters += frame + scope.name.length
      if (characters > maxCharacters) break
      asked.set(resource, { ...scope, actions: new Set(scope.actions) })
    } else for (const action of scope.actions) known.actions.add(action)
  }
  return [...asked.values()].map(({ type, name, actions }) => ({ type, name, actions: [...actions] }))
}

/** Split at the first and the last colon, because a name may begin with `host:port`; a class as in `repository(plugin)` says nothing. */
function parseScope(word: string): Scope | null {
  const first = word.indexOf(':')
  const last = word.lastIndexOf(':')
  if (first === last) return null
  const type = word.slice(0, first).replace(/\([a-z0-9]*\)$/, '')
  const name = word.slice(first + 1, last)
  const known = (type === 'repository' && isRepositoryName(name)) || (type === 'registry' && name === 'catalog')
  const actions = [...new Set(word.slice(last + 1).split(','))].filter(action => knownActions.has(action))
  return known && actions.length > 0 ? { type, name, actions } : null
}

/** `repository:team/app:pull,push registry:catalog:*`; empty without scopes. */
export function scopeText(scopes: readonly Scope[]): string {
  return scopes.map(({ type, name, actions }) => `${type}:${name}:${actions.join(',')}`).join(' ')
}
