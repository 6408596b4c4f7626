/** From what was said to typed options: the strongest source wins, option by option, and every value that is refused is named with its place. */
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

/** What was said of some options; each is still as it was written. */
export type RawOptions = { readonly [Name in OptionName]?: Raw }

/** Every option of the table; a value is null where nothing was said and the default is null. */
export type Options = {
  readonly [Name in OptionName]: Sourced<
    Read<(typeof options)[Name]['type']> | (typeof options)[Name]['default']['value']
  >
}

export const optionNames = Object.keys(options) as OptionName[]

/** The first one wins, option by option: flags and environment, then portcullis.yaml. */
export function mergeOptions(first: RawOptions, second: RawOptions): RawOptions {
  return { ...second, ...first }
}

/** An option whose value is refused has its default, so that the others can be judged in the same run. */
export function parseOptions(raw: RawOptions): { readonly options: Options; readonly problems: readonly Problem[] } {
  const problems: Problem[] = []
  const read = optionNames.map(name => {
    const { value, text: _, ...rest } = { ...options[name].default, from: 'default' }
    const said = raw[name]
    const parsed = said === undefined ? null : readOne(name, said, problems)
    return [name, parsed === null ? { value, ...rest } : { value: parsed, where: said?.where, from: said?.from }]
  })
  // The rows say what their types read: the type of the whole is made from the same rows.
  return { options: Object.fromEntries(read) as Options, problems }
}

/** null where it is refused. */
function readOne(name: OptionName, said: Raw, problems: Problem[]): unknown {
  const { type, file } = options[name] as {
    type: ListType<unknown> | ScalarType<unknown> | StructureType<unknown>
    file: string
  }
  if ('content' in said) {
    if (type.kind !== 'structure') return null
    const read = type.read(said.content, { name: file, placeOf: said.placeOf, root: said.root })
    problems.push(...read.problems)
    return read.value
  }
  if (type.kind === 'structure') {
    const read = readText(type, said)
    problems.push(...read.problems)
    return read.value
  }
  const item = type.kind === 'list' ? type.item : type
  const values = said.texts.flatMap(({ text, where }, index): Sourced<unknown>[] => {
    const key = said.from !== 'file' ? null : type.kind === 'list' && !type.orOne ? `${file}[${index}]` : file
    const parsed = text === '' && !(item.judgesEmpty && key !== null) ? emptyValue(key) : item.parse(text)
    if (!(parsed instanceof ParseError)) return [{ value: parsed, where, from: said.from }]
    for (let error: ParseError | null = parsed; error !== null; error = error.next)
      problems.push(problemOf(error, where, key))
    return item.refused === undefined || text === '' ? [] : [{ value: item.refused(text), where, from: said.from }]
  })
  return type.kind === 'list' ? values : (values[0]?.value ?? null)
}

/** A structure in a flag: YAML, as in the file. */
function readText(type: StructureType<unknown>, { texts, where }: Extract<Raw, { readonly texts: unknown }>) {
  const text = texts[0]?.text ?? ''
  if (text === '') return { value: null, problems: [problemOf(emptyValue(null), where, null)] }
  return type.fromText(text, where)
}

/** @param key the option's name in the file; null where a flag or a variable says the value */
export function problemOf({ message, hint }: ParseError, where: string, key: string | null): Problem {
  const named = key !== null && message.startsWith('must ') ? `${key} ${message}` : message
  return { where, message: named, ...(hint === null ? {} : { hint }) }
}

/** `--cert "$CERT"` says nothing where the shell does not know CERT, and was meant to say something. */
function emptyValue(key: string | null): ParseError {
  if (key !== null) return new ParseError('must not be empty')
  return new ParseError('the value is empty', 'is a variable of the shell not set? without the flag, the default holds')
}

/** The options that an nginx.conf leaves no room for, and what is said of each in a file beside one. */
export const notBesideNginxConf = optionNames.flatMap(name => {
  const { besideNginxConf } = options[name]
  return besideNginxConf === true ? [] : [{ name, ...besideNginxConf }]
})

/** `--data`, or the key where there is no flag. */
export function nameOf(name: OptionName): string {
  const { flag, file } = options[name]
  if (typeof flag === 'string') return `--${flag}`
  return isNever(file) ? name : file
}
