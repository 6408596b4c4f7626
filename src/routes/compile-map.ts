/** Compiles nginx's `map`. Lookup order: exact texts, hostnames, regular expressions in their order, default. */
import { toBytes } from './bytes.js'
import type { Template, VariableMap } from './model.js'
import { findName, type NameTable, nameTable } from './names.js'
import { type CompiledRegex, compileRegex, type Match, match } from './regex.js'
import { templateBytes } from './template.js'

export interface CompiledMap {
  readonly volatile: boolean
  readonly source: Template
  readonly exact: ReadonlyMap<string, Template>
  readonly hostnames: NameTable<Template>
  readonly patterns: readonly { readonly regex: CompiledRegex; readonly value: Template }[]
  readonly fallback: Template
}

export function compileMap(map: VariableMap): CompiledMap {
  return {
    volatile: map.volatile,
    source: templateBytes(map.source),
    exact: new Map(map.exact.map(({ key, value }) => [toBytes(key), templateBytes(value)])),
    hostnames: nameTable(map.hostnames.map(({ name, value }) => ({ name, value: templateBytes(value) }))),
    patterns: map.patterns.map(({ pattern, value }) => ({ regex: compileRegex(pattern), value: templateBytes(value) })),
    fallback: templateBytes(map.fallback),
  }
}

/** Looks up a text. Returns the value with its variables, and the match whose captures it may use. */
export function lookUp(map: CompiledMap, text: string): { readonly value: Template; readonly matched: Match | null } {
  const lower = text.toLowerCase()
  const known = map.exact.get(lower) ?? findName(map.hostnames, lower.replace(/\.$/, ''))
  if (known !== null && known !== undefined) return { value: known, matched: null }
  for (const { regex, value } of map.patterns) {
    const matched = match(regex, text)
    if (matched !== null) return { value, matched }
  }
  return { value: map.fallback, matched: null }
}
