/** Regular expressions of a configuration, compiled once, and what they leave behind when they match. */
import { toBytes } from './bytes.js'
import type { RegexSource } from './model.js'

export interface CompiledRegex {
  readonly expression: RegExp
  /** The names of its groups, and the variables that they set, in lower case. */
  readonly names: readonly { readonly group: string; readonly variable: string }[]
}

export interface Match {
  /** `$1` to `$9` at 1 to 9; a group that took no part is empty. */
  readonly captures: readonly string[]
  readonly named: readonly { readonly variable: string; readonly value: string }[]
}

/** The source has been checked when the configuration was read. */
export function compileRegex({ source, ignoreCase }: RegexSource): CompiledRegex {
  const expression = new RegExp(toBytes(source), ignoreCase ? 'i' : '')
  const groups = [...source.matchAll(/\(\?<([A-Za-z_]\w*)>/g)].map(found => found[1] ?? '')
  return { expression, names: groups.map(group => ({ group, variable: group.toLowerCase() })) }
}

export function match(regex: CompiledRegex, text: string): Match | null {
  const found = regex.expression.exec(text)
  if (found === null) return null
  return {
    captures: Array.from(found, each => each ?? ''),
    named: regex.names.map(({ group, variable }) => ({ variable, value: found.groups?.[group] ?? '' })),
  }
}
