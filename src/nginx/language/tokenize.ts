/** Cuts an nginx.conf into words and signs, by the rules of nginx's own reader (ngx_conf_read_token). */
import type { Problem } from '../../errors/problem.js'

export interface Word {
  readonly kind: 'word'
  readonly text: string
  readonly line: number
}

export interface Sign {
  readonly kind: ';' | '{' | '}'
  readonly line: number
}

export type Token = Word | Sign

export interface ConfTokens {
  readonly tokens: readonly Token[]
  /** The line that ends the file. */
  readonly lastLine: number
  /** What stopped the reading; the tokens before it are valid. */
  readonly problem: Problem | null
}

/** Cuts `text` (a leading byte-order mark is skipped); `file` is what messages call it. */
export function tokenize(text: string, file: string): ConfTokens {
  const tokens: Token[] = []
  let line = 1
  let at = text.startsWith('\uFEFF') ? 1 : 0
  const failed = (problem: Omit<Problem, 'where'>, where = line): ConfTokens => ({
    tokens,
    lastLine: line,
    problem: { where: `${file}:${where}`, ...problem },
  })
  while (at < text.length) {
    const char = text.charAt(at)
    if (char === '\n') line++
    if (isSpace(char)) {
      at++
    } else if (char === '#') {
      const end = text.indexOf('\n', at)
      at = end < 0 ? text.length : end
    } else if (char === ';' || char === '{' || char === '}') {
      tokens.push({ kind: char, line })
      at++
    } else {
      const quote = char === '"' || char === "'" ? char : null
      const end = quote === null ? endOfBareWord(text, at) : endOfQuotedWord(text, at + 1, quote)
      if (end === null) {
        return failed({
          message: `the ${quote === '"' ? 'double' : 'single'} quote that opens here is never closed`,
          hint: 'close it, or put a backslash before a quote that belongs to the text',
        })
      }
      const raw = text.slice(quote === null ? at : at + 1, end)
      tokens.push({ kind: 'word', text: decodeEscapes(raw), line })
      for (const each of raw) if (each === '\n') line++
      at = quote === null ? end : end + 1
      const next = text.charAt(at)
      if (quote !== null && at < text.length && !isSpace(next) && !';{)'.includes(next)) {
        return failed({
          message: `unexpected "${next}" right after a closing quote`,
          hint: 'put a space between the two words, or quote the whole word',
        })
      }
    }
  }
  return { tokens, lastLine: line, problem: null }
}

function isSpace(char: string): boolean {
  return char === ' ' || char === '\t' || char === '\r' || char === '\n'
}

/** A quote or `}` inside a bare word is text; `{` ends it unless it follows `$`, as in `${name}`. */
function endOfBareWord(text: string, start: number): number {
  let afterDollar = false
  for (let at = start; at < text.length; at++) {
    const char = text.charAt(at)
    if (isSpace(char) || char === ';' || (char === '{' && !afterDollar)) return at
    afterDollar = char === '$'
    if (char === '\\') at++
  }
  return text.length
}

function endOfQuotedWord(text: string, start: number, quote: string): number | null {
  for (let at = start; at < text.length; at++) {
    const char = text.charAt(at)
    if (char === '\\') at++
    else if (char === quote) return at
  }
  return null
}

const escapes = new Map([
  ['\\"', '"'],
  ["\\'", "'"],
  ['\\\\', '\\'],
  ['\\t', '\t'],
  ['\\r', '\r'],
  ['\\n', '\n'],
])

/** Only these six are decoded, in bare words too; every other backslash stays, as regular expressions need it. */
function decodeEscapes(raw: string): string {
  return raw.replace(/\\["'\\trn]/g, found => escapes.get(found) ?? found)
}
