/** Regular expressions of a configuration, compiled once, and what they leave behind when they match. */
import { RE2JS } from 're2js'
import { toBytes } from './bytes.js'
import type { RegexSource } from './model.js'

export interface CompiledRegex {
  /** Its first match in the text. */
  readonly search: (text: string) => Found | null
  /** The names of its groups, and the variables that they set, in lower case. */
  readonly names: readonly { readonly group: string; readonly variable: string }[]
}

interface Found {
  /** The whole match at 0, its groups behind it; a group that took no part is empty. */
  readonly captures: readonly string[]
  readonly named: (group: string) => string
}

export interface Match {
  /** `$1` to `$9` at 1 to 9; a group that took no part is empty. */
  readonly captures: readonly string[]
  readonly named: readonly { readonly variable: string; readonly value: string }[]
}

/**
 * The source has been checked when the configuration was read. Clients choose the text, so an engine without backtracking searches it, in
 * time that grows with its length; the one of JavaScript where the expression has something that only backtracking can do.
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

/** Whether no search needs backtracking. */
export const isLinear = (regex: RegexSource): boolean => compileLinear(regex) !== null

/** null where the expression looks ahead, refers back, or is spelled in a way that RE2 does not know. */
function compileLinear({ source, ignoreCase }: RegexSource): RE2JS | null {
  try {
    return RE2JS.compile(toBytes(source), RE2JS.LOOKBEHINDS | (ignoreCase ? RE2JS.CASE_INSENSITIVE : 0))
  } catch {
    return null
  }
}

function withoutBacktracking(expression: RE2JS): CompiledRegex['search'] {
  return text => {
    // Says no faster than a search for the groups does, and no is the usual answer.
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
