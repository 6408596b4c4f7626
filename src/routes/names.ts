/** Looks up host names: exact names, wildcards and regular expressions. */
import { toBytes } from './bytes.js'
import type { ServerName } from './model.js'
import { type CompiledRegex, compileRegex, match } from './regex.js'

/** Host names with their values, by kind. nginx tries the kinds in this order. */
export interface NameTable<T> {
  readonly exact: ReadonlyMap<string, T>
  readonly leading: ReadonlyMap<string, T>
  readonly trailing: ReadonlyMap<string, T>
  readonly patterns: readonly { readonly regex: CompiledRegex; readonly value: T }[]
  /** Length of the longest name in `leading` or `trailing`. A longer part of a host cannot match. */
  readonly maxWildcardLength: number
}

/** If names are equal, the first one wins. */
export function nameTable<T>(entries: readonly { readonly name: ServerName; readonly value: T }[]): NameTable<T> {
  const exact = new Map<string, T>()
  const leading = new Map<string, T>()
  const trailing = new Map<string, T>()
  const patterns: { readonly regex: CompiledRegex; readonly value: T }[] = []
  for (const { name, value } of entries) {
    if (name.kind === 'regex') {
      patterns.push({ regex: compileRegex(name.pattern), value })
      continue
    }
    const table = name.kind === 'exact' ? exact : name.kind === 'leading-wildcard' ? leading : trailing
    const text = toBytes(name.name)
    if (!table.has(text)) table.set(text, value)
  }
  const maxWildcardLength = Math.max(0, ...[...leading.keys(), ...trailing.keys()].map(name => name.length))
  return { exact, leading, trailing, patterns, maxWildcardLength }
}

/** nginx's `$host`: in lower case, without the port and a trailing dot; '' for none. */
export function hostName(host: string): string {
  const name = /^\[[^\]]*\]/.exec(host)?.[0] ?? host.replace(/:\d*$/, '')
  return name.toLowerCase().replace(/\.$/, '')
}

/**
 * Lookup order: exact names, `*.name` (longest first), `name.*` (longest first), regular expressions in their order.
 */
export function findName<T>(names: NameTable<T>, host: string): T | null {
  const exact = names.exact.get(host)
  if (exact !== undefined) return exact
  if (names.leading.size > 0) {
    const first = Math.max(1, host.length - names.maxWildcardLength)
    for (let dot = host.indexOf('.', first); dot > 0; dot = host.indexOf('.', dot + 1)) {
      const found = names.leading.get(host.slice(dot))
      if (found !== undefined) return found
    }
  }
  if (names.trailing.size > 0) {
    for (let dot = host.lastIndexOf('.', names.maxWildcardLength - 1); dot > 0; dot = host.lastIndexOf('.', dot - 1)) {
      const found = names.trailing.get(host.slice(0, dot + 1))
      if (found !== undefined) return found
    }
  }
  return names.patterns.find(({ regex }) => match(regex, host) !== null)?.value ?? null
}
