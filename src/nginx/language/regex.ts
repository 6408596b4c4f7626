/** Whether a regular expression means the same here as in nginx, which reads it with PCRE. */

export interface RegexSource {
  readonly source: string
  readonly ignoreCase: boolean
}

export type RegexResult =
  | {
      readonly regex: RegexSource /** Named groups, in lower case. */
      readonly names: readonly string[]
      readonly problem: null
    }
  | { readonly regex: null; readonly problem: { readonly message: string; readonly hint: string } }

/** What PCRE knows and JavaScript reads differently or not at all; tried against the source without its escaped characters. */
const foreign: readonly { readonly pattern: RegExp; readonly name: string; readonly hint: string }[] = [
  {
    pattern: /\(\?[a-zA-Z-]+[:)]/,
    name: 'an inline option',
    hint: 'use "~*" instead of "~" for (?i), and write the others out',
  },
  {
    pattern: /\(\?P[<=>]/,
    name: 'a group in the manner of Python',
    hint: 'write (?<name>...) instead of (?P<name>...)',
  },
  { pattern: /\(\?'/, name: 'a group named in quotes', hint: "write (?<name>...) instead of (?'name'...)" },
  { pattern: /\(\?>/, name: 'an atomic group', hint: 'write (?:...) instead of (?>...)' },
  { pattern: /\(\?[|#&R+\d(]/, name: 'a construct that only PCRE knows', hint: 'write it with plain groups' },
  { pattern: /\(\*/, name: 'a verb of PCRE', hint: 'remove it' },
  { pattern: /(?:[*+?]|\{\d+(?:,\d*)?\})\+/, name: 'a possessive quantifier', hint: 'remove the second "+"' },
  { pattern: /\{,\d+\}/, name: 'a repetition without its lower bound', hint: 'write {0,n} instead of {,n}' },
]
const foreignInClass = {
  pattern: /\[[:.=][^\][]*[:.=]\]/,
  name: 'a POSIX class',
  hint: 'write a-z, A-Z, 0-9 instead of [:alnum:] and the like',
}
/**
 * `\x{76}` is "76 times x" in JavaScript and "v" in PCRE. A reference to a group that took no part matches nothing in PCRE, and the empty
 * text in JavaScript.
 */
const foreignEscape = /\\(?:[AzZhHvVQEGKXRNCgaeoLlUupP]|x(?![0-9A-Fa-f]{2})|[1-9k])/
const escapeHint = 'use ^ and $ for \\A and \\z, [ \\t] for \\h, and write the others out'

/** Checks a source and gives the regular expression as plain data; `problem` has no place. */
export function parseRegex(source: string, ignoreCase: boolean): RegexResult {
  const withoutEscaped = source.replace(/\\./gs, '__')
  const outsideClasses = withoutClasses(withoutEscaped)
  const oddEscape = foreignEscape.exec(source.replace(/\\\\/g, '__'))
  const found =
    foreign.find(each => each.pattern.test(outsideClasses)) ??
    (foreignInClass.pattern.test(withoutEscaped) ? foreignInClass : undefined)
  if (found !== undefined) return refused(source, found.name, found.hint)
  if (oddEscape !== null)
    return refused(source, `"${oddEscape[0]}", which has no meaning or another one here`, escapeHint)
  if (/\[\^?\]/.test(withoutEscaped))
    return refused(source, 'an unescaped "]" as the first of a class', 'write \\] instead')
  try {
    const names = [...source.matchAll(/\(\?<([A-Za-z_]\w*)>/g)].map(each => (each[1] ?? '').toLowerCase())
    new RegExp(source, ignoreCase ? 'i' : '')
    return { regex: { source, ignoreCase }, names, problem: null }
  } catch {
    const message = `"${source}" is not a valid regular expression`
    return {
      regex: null,
      problem: { message, hint: 'check that its brackets are closed and its quantifiers follow something' },
    }
  }
}

/**
 * Whether backtracking takes time that grows no faster than the text: nothing is repeated without a bound, or one character alone is, in an
 * expression that matches at the beginning of a text only. A `true` is certain.
 * @param source what parseRegex has found to be right
 */
export function repeatsOnce(source: string): boolean {
  const signs = withoutClasses(source.replace(/\\./gs, '_'))
  const [only, ...others] = signs.match(/.?(?:[*+]|\{\d+,\d*\})/gs) ?? []
  if (only === undefined) return true
  return others.length === 0 && !only.startsWith(')') && signs.startsWith('^') && !hasAlternatives(signs)
}

/** Outside of all groups, so that they need not begin where the expression does. */
function hasAlternatives(signs: string): boolean {
  let depth = 0
  for (const sign of signs) {
    if (sign === '(') depth++
    else if (sign === ')') depth--
    else if (sign === '|' && depth === 0) return true
  }
  return false
}

/** Each class of characters, which a "]" does not end as its first, becomes one letter. */
function withoutClasses(source: string): string {
  let outside = ''
  let at = 0
  for (;;) {
    const open = source.indexOf('[', at)
    const inner = source.charAt(open + 1) === '^' ? open + 2 : open + 1
    const close = open === -1 ? -1 : source.indexOf(']', source.charAt(inner) === ']' ? inner + 1 : inner)
    if (close === -1) return outside + source.slice(at)
    outside += `${source.slice(at, open)}_`
    at = close + 1
  }
}

function refused(source: string, name: string, hint: string): RegexResult {
  return { regex: null, problem: { message: `the regular expression "${source}" holds ${name}`, hint } }
}
