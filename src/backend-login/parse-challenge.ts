/** Parses the WWW-Authenticate header of a registry: RFC 9110 section 11.6.1. */

export interface Challenge {
  /** In lower case: `basic`, `bearer`. */
  readonly scheme: string
  /** Names are in lower case. If a name occurs twice, the first value counts. */
  readonly parameters: ReadonlyMap<string, string>
}

const separators = /[\s,]*/y
const token = /[!#$%&'*+\-.^_`|~0-9A-Za-z]+/y
const equals = /\s*=\s*/y
const quoted = /"((?:[^"\\]|\\.)*)"/y
/** The token68 value that schemes such as `Negotiate` have instead of parameters. */
const token68 = /[A-Za-z0-9\-._~+/]+=*(?=\s*(?:,|$))/y

/**
 * Returns all challenges of these header lines in order; a line can hold several. If a line breaks the grammar, the
 * part before the error counts. Never throws.
 */
export function parseChallenges(lines: readonly string[]): Challenge[] {
  return lines.flatMap(parseLine)
}

function parseLine(line: string): Challenge[] {
  const challenges: { scheme: string; parameters: Map<string, string> }[] = []
  let position = 0
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = position
    const match = pattern.exec(line)
    if (match !== null) position = pattern.lastIndex
    return match
  }
  for (;;) {
    take(separators)
    const word = take(token)?.[0]
    if (word === undefined) return challenges
    const current = challenges.at(-1)
    if (take(equals) === null) {
      challenges.push({ scheme: word.toLowerCase(), parameters: new Map() })
      take(separators)
      if (!isParameter(line, position)) take(token68)
      continue
    }
    const text = take(quoted)?.[1]?.replace(/\\(.)/g, '$1') ?? take(token)?.[0]
    if (current === undefined || text === undefined) return challenges
    const name = word.toLowerCase()
    if (!current.parameters.has(name)) current.parameters.set(name, text)
  }
}

const parameter = /[!#$%&'*+\-.^_`|~0-9A-Za-z]+\s*=\s*(?:"|[!#$%&'*+\-.^_`|~0-9A-Za-z])/y

function isParameter(line: string, position: number): boolean {
  parameter.lastIndex = position
  return parameter.test(line)
}
