/** Compiles the regular expressions of a configuration, and returns the captures of a match. (decision R11) */
import { RE2JS } from 're2js'
import { toBytes } from './bytes.js'
import type { RegexSource } from './model.js'

export interface CompiledRegex {
  /** Finds the first match in the text. */
  readonly search: (text: string) => Found | null
  /** The names of the groups with their variables, in lower case. */
  readonly names: readonly { readonly group: string; readonly variable: string }[]
}

interface Found {
  /** Index 0 is the whole match, then the groups follow; an unused group is empty. */
  readonly captures: readonly string[]
  readonly named: (group: string) => string
}

export interface Match {
  /** `$1` to `$9` at 1 to 9; an unused group is empty. */
  readonly captures: readonly string[]
  readonly named: readonly { readonly variable: string; readonly value: string }[]
}

/**
 * The expression was validated when the configuration was read. Clients choose the text, so RE2 searches it without
 * backtracking, in linear time. Only an expression that needs backtracking uses JavaScript's own engine.
 */
export function compileRegex(regex: RegexSource): CompiledRegex {
  const groups = [...regex.source.matchAll(/\(\?<([A-Za-z_]\w*)>/g)].map(found => found[1] ?? '')
  const names = groups.map(group => ({ group, variable: group.toLowerCase() }))
  const linear = compileLinear(regex)
  return { names, search: linear === null ? backtracking(regex) : withoutBacktracking(linear) }
}

export function match(regex: CompiledRegex, text: string): Match | null {
  const found = regex.search(text)
  if (found === null) return null
  const named = regex.names.map(({ group, variable }) => ({ variable, value: found.named(group) }))
  return { captures: found.captures, named }
}

/** Whether every search runs without backtracking. */
export const isLinear = (regex: RegexSource): boolean => compileLinear(regex) !== null

/** null if the expression has a lookaround, a back reference, or a syntax that RE2 does not support. */
function compileLinear({ source, ignoreCase }: RegexSource): RE2JS | null {
  try {
    return RE2JS.compile(toBytes(source), RE2JS.LOOKBEHINDS | (ignoreCase ? RE2JS.CASE_INSENSITIVE : 0))
  } catch {
    return null
  }
}

function withoutBacktracking(expression: RE2JS): CompiledRegex['search'] {
  return text => {
    // `test` is faster than a search with groups, and most texts do not match.
    if (!expression.test(text)) return null
    const matcher = expression.matcher(text)
    if (!matcher.find()) return null
    const captures = Array.from({ length: matcher.groupCount() + 1 }, (_, index) => matcher.group(index) ?? '')
    return { captures, named: group => matcher.group(group) ?? '' }
  }
}

function backtracking({ source, ignoreCase }: RegexSource): CompiledRegex['search'] {
  const expression = new RegExp(toBytes(source), ignoreCase ? 'i' : '')
  return text => {
    const found = expression.exec(text)
    if (found === null) return null
    return { captures: Array.from(found, each => each ?? ''), named: group => found.groups?.[group] ?? '' }
  }
}
