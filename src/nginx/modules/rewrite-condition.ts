/** The condition of an nginx `if`: `($name)`, `($name = text)`, `($name ~* expression)` and their negations. */
import type { Condition } from '../../routes/model.js'
import type { NginxReading } from '../reading.js'

/** @param args the words between `if` and its block, the brackets still on them; null where they are no condition */
export function parseCondition(args: readonly string[], at: string, reading: NginxReading): Condition | null {
  const words = withoutBrackets(args)
  const [subject, operator, text] = words ?? []
  if (subject === undefined || (words?.length ?? 0) > 3) {
    reading.problem(
      at,
      `"${args.join(' ')}" is no condition`,
      'write ($name), ($name = text) or ($name ~ "expression")',
    )
    return null
  }
  if (/^!?-[fdex]$/.test(subject)) {
    reading.problem(at, `the test of files "${subject}" is not supported yet`)
    return null
  }
  const variable = /^\$(.+)$/s.exec(subject)?.[1]?.toLowerCase()
  if (variable === undefined) {
    reading.problem(at, `the condition begins with "${subject}", which is no variable`, 'begin it with a "$"')
    return null
  }
  reading.use(variable, at)
  if (operator === undefined) return { kind: 'set', variable }
  if (text === undefined) {
    reading.problem(at, `nothing stands behind "${operator}" in the condition`)
    return null
  }
  const negated = operator.startsWith('!')
  if (operator === '=' || operator === '!=') {
    return { kind: 'equals', variable, value: reading.template(text, at), negated }
  }
  if (/^!?~\*?$/.test(operator)) {
    return { kind: 'matches', variable, pattern: reading.regex(text, operator.endsWith('*'), at), negated }
  }
  reading.problem(at, `"${operator}" compares nothing`, 'the operators are =, !=, ~, ~*, !~ and !~*')
  return null
}

/** The first word opens with `(` and the last closes with `)`; either may stand alone. */
function withoutBrackets(args: readonly string[]): string[] | null {
  const words = [...args]
  const last = words.length - 1
  if (!words[0]?.startsWith('(') || !words[last]?.endsWith(')')) return null
  words[last] = words[last].slice(0, -1)
  words[0] = (words[0] ?? '').slice(1)
  if (words[0] === '') words.shift()
  if (words.length > 1 && words.at(-1) === '' && args.at(-1) === ')') words.pop()
  return words.length === 0 ? null : words
}
