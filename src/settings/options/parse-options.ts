/** Parses raw options: the strongest source wins per option, and each refused value is reported with its place. */
import type { Problem } from '../../errors/problem.js'
import {
  isNever,
  type ListType,
  ParseError,
  type Raw,
  type Read,
  type ScalarType,
  type Sourced,
  type StructureType,
} from './option.js'
import { type OptionName, options } from './table.js'

/** Unparsed values of some options. */
export type RawOptions = { readonly [Name in OptionName]?: Raw }

/** The parsed values of all options; null if an option is not set and has no default. */
export type Options = {
  readonly [Name in OptionName]: Sourced<
    Read<(typeof options)[Name]['type']> | (typeof options)[Name]['default']['value']
  >
}

export const optionNames = Object.keys(options) as OptionName[]

/** Merges per option; `first` wins: flags and environment, then portcullis.yaml. */
export function mergeOptions(first: RawOptions, second: RawOptions): RawOptions {
  return { ...second, ...first }
}

/** An option with a refused value gets its default, so that the other options are still checked. */
export function parseOptions(raw: RawOptions): { readonly options: Options; readonly problems: readonly Problem[] } {
  const problems: Problem[] = []
  const read = optionNames.map(name => {
    const { value, text: _, ...rest } = { ...options[name].default, from: 'default' }
    const rawOption = raw[name]
    const parsed = rawOption === undefined ? null : readOne(name, rawOption, problems)
    return [
      name,
      parsed === null ? { value, ...rest } : { value: parsed, where: rawOption?.where, from: rawOption?.from },
    ]
  })
  // The cast is safe: each value comes from the type of its own row.
  return { options: Object.fromEntries(read) as Options, problems }
}

/** null if the value is refused. */
function readOne(name: OptionName, rawOption: Raw, problems: Problem[]): unknown {
  const { type, file } = options[name] as {
    type: ListType<unknown> | ScalarType<unknown> | StructureType<unknown>
    file: string
  }
  if ('content' in rawOption) {
    if (type.kind !== 'structure') return null
    const read = type.read(rawOption.content, { name: file, placeOf: rawOption.placeOf, root: rawOption.root })
    problems.push(...read.problems)
    return read.value
  }
  if (type.kind === 'structure') {
    const read = readText(type, rawOption)
    problems.push(...read.problems)
    return read.value
  }
  const item = type.kind === 'list' ? type.item : type
  const values = rawOption.texts.flatMap(({ text, where }, index): Sourced<unknown>[] => {
    const key =
      rawOption.from !== 'file' ? null : type.kind === 'list' && !type.allowsSingle ? `${file}[${index}]` : file
    const parsed = text === '' && !(item.parsesEmpty && key !== null) ? emptyValue(key) : item.parse(text)
    if (!(parsed instanceof ParseError)) return [{ value: parsed, where, from: rawOption.from }]
    for (let error: ParseError | null = parsed; error !== null; error = error.next)
      problems.push(problemOf(error, where, key))
    return item.refused === undefined || text === '' ? [] : [{ value: item.refused(text), where, from: rawOption.from }]
  })
  return type.kind === 'list' ? values : (values[0]?.value ?? null)
}

/** Parses a structure in a flag as YAML, as in the file. */
function readText(type: StructureType<unknown>, { texts, where }: Extract<Raw, { readonly texts: unknown }>) {
  const text = texts[0]?.text ?? ''
  if (text === '') return { value: null, problems: [problemOf(emptyValue(null), where, null)] }
  return type.fromText(text, where)
}

/** @param key the option's key in the file; null if the value comes from a flag or a variable */
export function problemOf({ message, hint }: ParseError, where: string, key: string | null): Problem {
  const named = key !== null && message.startsWith('must ') ? `${key} ${message}` : message
  return { where, message: named, ...(hint === null ? {} : { hint }) }
}

/** `--cert "$CERT"` is empty if the shell variable is not set, which is hardly intended. */
function emptyValue(key: string | null): ParseError {
  if (key !== null) return new ParseError('must not be empty')
  return new ParseError('the value is empty', 'is a variable of the shell not set? without the flag, the default holds')
}

/** The options that cannot be combined with an nginx.conf, with the message for each. */
export const notBesideNginxConf = optionNames.flatMap(name => {
  const { besideNginxConf } = options[name]
  return besideNginxConf === true ? [] : [{ name, ...besideNginxConf }]
})

/** The flag such as `--data`, or the key if there is no flag. */
export function nameOf(name: OptionName): string {
  const { flag, file } = options[name]
  if (typeof flag === 'string') return `--${flag}`
  return isNever(file) ? name : file
}
