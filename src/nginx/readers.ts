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

/** The words of an ignored directive. */
export interface Words {
  readonly count: WordCount
  /** Reports to `reading` what is wrong with them; true where they ask for what the gate does anyway. */
  check(directive: CheckedDirective, reading: NginxReading): boolean
}

/** Words that nothing is known of but how many there are. */
export const words = (min: number, max = min): Words => ({ count: [min, max], check: () => false })

/** @param asTheGateDoes the position that needs no notice */
export function onOff(asTheGateDoes?: 'on' | 'off'): Words {
  return {
    count: [1, 1],
    check: (directive, reading) => readFlag(directive, reading) === (asTheGateDoes && asTheGateDoes === 'on'),
  }
}

/** One word; `asTheGateDoes` needs no notice. */
export const theWord = (asTheGateDoes: string): Words => ({
  count: [1, 1],
  check: ({ args }) => args[0]?.toLowerCase() === asTheGateDoes,
})

/** Each word is what `what` says, by `isRight`. */
export function eachWord(what: string, isRight: (word: string) => boolean, count: WordCount = [1, 1]): Words {
  return {
    count,
    check: ({ args, at }, reading) => {
      for (const word of args) if (!isRight(word)) reading.problem(at, `"${word}" is no ${what}`)
      return false
    },
  }
}

export const aNumber = eachWord('number', word => /^\d+$/.test(word))
export const aSize = eachWord('size', word => parseSize(word) !== null)
export const aTime = eachWord('time', word => parseTime(word) !== null)

/** @param says why the directive has no effect here, for the notice and for the documentation */
export function ignored(says: string, { count, check }: Words = words(1), block = false): Ignored {
  return {
    kind: 'ignored',
    words: count,
    block,
    says,
    notice: (directive, reading) => (check(directive, reading) ? null : says),
  }
}
