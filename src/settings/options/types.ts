/** The basic option types: texts, numbers, words, switches, and lists of them. */
import { type JsonSchema, type ListType, ParseError, type ScalarType } from './option.js'

/** Any text, such as a path. */
export const text = (placeholder: string): ScalarType<string> => ({
  kind: 'scalar',
  placeholder,
  yaml: ['string'],
  expected: 'must be a text',
  parse: value => value,
  show: value => value,
  schema: { type: 'string', minLength: 1 },
})

/** A text that `judge` can refuse. */
export const validatedText = (
  placeholder: string,
  judge: (value: string) => ParseError | null,
): ScalarType<string> => ({
  ...text(placeholder),
  parse: value => judge(value) ?? value,
})

/** One of a few words. */
export const oneOf = <T extends string>(placeholder: string, words: readonly T[]): ScalarType<T> => ({
  kind: 'scalar',
  placeholder,
  yaml: ['string'],
  expected: 'must be a text',
  parse: value =>
    words.find(word => word === value) ??
    new ParseError(`"${value}" is not known`, `choose one of: ${words.join(', ')}`),
  show: value => value,
  schema: { enum: words },
})

const switchWords: ReadonlyMap<string, boolean> = new Map([
  ['on', true],
  ['off', false],
  ['true', true],
  ['false', false],
])

/** A switch, written as on/off or true/false. */
export const switchOption = (form: 'on|off' | 'true|false'): ScalarType<boolean> => {
  const [on = '', off = ''] = form.split('|')
  const expected = `must be ${on} or ${off}`
  return {
    kind: 'scalar',
    placeholder: form,
    yaml: ['string', 'boolean'],
    expected,
    parse: value => switchWords.get(value) ?? new ParseError(expected),
    show: value => (value ? on : off),
    schema: form === 'true|false' ? { type: 'boolean' } : { enum: ['off', false] },
  }
}

/** A whole number with a unit. */
export const integer = (unit: string, min: number, max: number): ScalarType<number> => {
  const expected = `must be a number of ${unit} from ${min} to ${max}`
  return {
    kind: 'scalar',
    placeholder: unit === 'seconds' ? 'SECONDS' : 'N',
    yaml: ['number'],
    expected,
    parse: value =>
      /^\d{1,15}$/.test(value) && Number(value) >= min && Number(value) <= max
        ? Number(value)
        : new ParseError(expected),
    show: value => (unit === 'seconds' ? `${value} s` : String(value)),
    schema: { type: 'integer', minimum: min, maximum: max },
  }
}

/** Milliseconds; the text is in whole seconds. */
export const wholeSeconds = (min: number, max: number): ScalarType<number> => {
  const seconds = integer('seconds', min, max)
  return {
    ...seconds,
    parse(value) {
      const parsed = seconds.parse(value)
      return parsed instanceof ParseError ? parsed : parsed * 1_000
    },
    show: ms => seconds.show(ms / 1_000),
  }
}

/** @param example a list in YAML, for a message */
export const listOption = <I>(item: ScalarType<I>, example: string): ListType<I> => ({
  kind: 'list',
  item,
  expected: `must be written as a list: ${example}`,
  allowsSingle: false,
  empty: null,
})

/** The JSON Schema of such a list. */
export function listSchema<I>({ item, allowsSingle, empty }: ListType<I>): JsonSchema {
  const array = { type: 'array', items: item.schema, ...(empty === null ? {} : { minItems: 1 }) }
  return allowsSingle ? { anyOf: [item.schema, array] } : array
}
