/** How rows of the table read their words: each function gives the decision of one row. */
import { parseFlag, parseSize, parseTime } from './language/values.js'
import type { NginxReading } from './reading.js'
import type { CheckedDirective, Ignored, Inheritable, Instruction, Structure, WordCount } from './row.js'

export const any = Number.POSITIVE_INFINITY

export const structure = (words: WordCount): Structure => ({ kind: 'structure', words, block: false })
export const block = (words: WordCount): Structure => ({ kind: 'structure', words, block: true })
export const instruction = (words: WordCount): Instruction => ({ kind: 'instruction', words, block: false })

/** Reads the first word; `second` and so on stand in `directive.args`. */
type Read<Value> = (
  word: string,
  directive: CheckedDirective,
  reading: NginxReading,
  earlier: Value | undefined,
) => Value | undefined

/** A directive whose value is inherited; `words` is one word unless it is given. */
export function value<const Field extends string, Value>(
  field: Field,
  initial: Value,
  read: Read<Value>,
  words: WordCount = [1, 1],
): Inheritable<Field, Value> {
  return {
    kind: 'inherited',
    words,
    field,
    initial,
    read: (directive, reading, earlier) => read(directive.args[0] ?? '', directive, reading, earlier),
  }
}

/** A directive whose lines accumulate within a block; a block with one of them inherits none. */
export function list<const Field extends string, Item>(
  field: Field,
  words: WordCount,
  read: (word: string, directive: CheckedDirective, reading: NginxReading) => readonly Item[],
): Inheritable<Field, readonly Item[]> {
  return value<Field, readonly Item[]>(
    field,
    [],
    (word, directive, reading, earlier) => [...(earlier ?? []), ...read(word, directive, reading)],
    words,
  )
}

/** Bytes; null, which nginx writes as 0, is no limit. */
export function size<const Field extends string>(field: Field, initial: number | null) {
  return value<Field, number | null>(field, initial, (word, { at }, reading) => {
    const bytes = parseSize(word)
    if (bytes !== null) return bytes === 0 ? null : bytes
    reading.problem(at, `"${word}" is no size`, 'write bytes, or a number with k, m or g: 10g')
    return undefined
  })
}

/** Milliseconds. */
export function time<const Field extends string>(field: Field, initial: number) {
  return value<Field, number>(field, initial, (word, { at }, reading) => {
    const ms = parseTime(word)
    if (ms !== null) return ms
    reading.problem(at, `"${word}" is no time`, 'write seconds, or numbers with units: 15m, 1h30m, 500ms')
    return undefined
  })
}

export function flag<const Field extends string>(field: Field, initial: boolean) {
  return value<Field, boolean>(field, initial, (_word, directive, reading) => readFlag(directive, reading) ?? undefined)
}

/** `on` and `off`; anything else is a problem, and null. */
export function readFlag({ name, args, at }: CheckedDirective, reading: NginxReading): boolean | null {
  const [word = ''] = args
  const on = parseFlag(word)
  if (on === null) reading.problem(at, `"${name}" is either "on" or "off", not "${word}"`)
  return on
}

/** Checks the words of an ignored directive, and reports to `reading` what is wrong with them. */
export type Check = (directive: CheckedDirective, reading: NginxReading) => void

/** A directive without an effect here, with the reason for its notice. */
export function ignored(says: string, words: WordCount = [1, 1], check: Check = () => {}): Ignored {
  return {
    kind: 'ignored',
    words,
    block: false,
    says,
    notice: (directive, reading) => {
      check(directive, reading)
      return says
    },
  }
}

/** A switch without an effect here, with a reason for the position that is not what the gate does; null for the other. */
export function ignoredFlag(says: string, why: { readonly on: string | null; readonly off: string | null }): Ignored {
  return {
    kind: 'ignored',
    words: [1, 1],
    block: false,
    says,
    notice: (directive, reading) => {
      const on = readFlag(directive, reading)
      if (on === null) return null
      return on ? why.on : why.off
    },
  }
}
