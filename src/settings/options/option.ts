/** The types of the table of options, and of the values that are read through it. */
import type { Problem } from '../../errors/problem.js'

/**
 * The source of a value, strongest first. An nginx.conf is stronger than the default and cannot be combined with the
 * others.
 */
export type Source = 'flag' | 'environment' | 'file' | 'default'

/** A value with its source. */
export interface Sourced<T = string> {
  readonly value: T
  /** For messages: `--listen`, `PORTCULLIS_LISTEN`, `portcullis.yaml:3`; for a default, the name of that default. */
  readonly where: string
  readonly from: Source
}

/** The reason why a value is refused. */
export class ParseError {
  /**
   * @param message a clause: `"x" is no address to listen on`, or the requirement: `must be true or false`
   * @param hint the next step
   * @param next a further error in the same value
   */
  constructor(
    readonly message: string,
    readonly hint: string | null = null,
    readonly next: ParseError | null = null,
  ) {}
}

/** A part of a JSON Schema (draft 2020-12). */
export type JsonSchema = Readonly<Record<string, unknown>>

/** A single value such as a number, a word or a text: text in a flag and in the environment, a scalar in YAML. */
export interface ScalarType<T> {
  readonly kind: 'scalar'
  /** The placeholder in the help: `SECONDS`. */
  readonly placeholder: string
  /** The allowed types in YAML. */
  readonly yaml: readonly ('string' | 'number' | 'boolean')[]
  /** The message for a value of another type: `must be a text`. */
  readonly expected: string
  /** Whether `parse` itself checks an empty text from a file. */
  readonly parsesEmpty?: true
  parse(text: string): T | ParseError
  /**
   * Returns a substitute for a refused value, so that the other options can be checked; without it the default is used.
   */
  readonly refused?: (text: string) => T
  /** Formats the value as a person writes it. */
  show(value: T): string
  readonly schema: JsonSchema
}

/**
 * Several values: a list in YAML, a repeatable flag, or words separated by commas (in the environment also by blanks).
 */
export interface ListType<I> {
  readonly kind: 'list'
  readonly item: ScalarType<I>
  /** For a message: `must be written as a list: [10.0.0.0/8]`. */
  readonly expected: string
  /** Whether YAML may have a single value in place of the list. */
  readonly allowsSingle: boolean
  /** The message for `[]`; null if an empty list is allowed. */
  readonly empty: string | null
}

/** Returns the place of a key or item below the option's own key, as `file:line`. */
export type PlaceOf = (...path: readonly (string | number)[]) => string

/** The position of a structure in its file. */
export interface StructureContext {
  /** The structure's key, for messages: `access`. */
  readonly name: string
  readonly placeOf: PlaceOf
  /** The whole file as plain data, because rules refer to groups. */
  readonly root: unknown
}

export interface ReadStructure<T> {
  /** null if the content is unusable. */
  readonly value: T | null
  readonly problems: readonly Problem[]
}

/** Maps and lists of maps, which have their own parser. */
export interface StructureType<T> {
  readonly kind: 'structure'
  readonly placeholder: string
  /** @param content plain data from YAML */
  read(content: unknown, context: StructureContext): ReadStructure<T>
  /** Parses the same content from a flag or the environment. */
  fromText(text: string, where: string): ReadStructure<T>
  show(value: T): string
  readonly schema: JsonSchema
}

/** A source that an option does not have, and the reason. */
export interface Never {
  readonly never: string
}

export const headings = [
  'where settings are',
  'addresses',
  'registry',
  'certificate',
  'users',
  'access rules',
  'tokens',
  'login limits',
  'processes',
  'log',
] as const
export type Heading = (typeof headings)[number]

/** One setting: all facts that help, parsing, printing, schema and documentation need. */
export interface Option<Type, Default> {
  readonly heading: Heading
  /** The key in portcullis.yaml: `listen`, `tls.cert`. */
  readonly file: string | Never
  /** Without leading hyphens. The environment variable is PORTCULLIS_<FLAG>. */
  readonly flag: string | Never
  readonly type: Type
  /** `text` is for the help; `where` names the default in messages. */
  readonly default: { readonly value: Default; readonly text: string; readonly where: string }
  /**
   * True if the option can be combined with an nginx.conf; otherwise the message for a portcullis.yaml that does so.
   */
  readonly besideNginxConf: true | { readonly message: string; readonly hint: string }
  /** Whether SIGHUP can change it. */
  readonly reload: 'live' | 'restart'
  /** Whether the value must never be shown. */
  readonly secret: boolean
  /** A clause that does not mention the default. */
  readonly help: string
}

/** The parsed value of a type. Each item of a list has its own place. */
export type Read<Type> =
  Type extends ScalarType<infer T>
    ? T
    : Type extends ListType<infer I>
      ? readonly Sourced<I>[]
      : Type extends StructureType<infer S>
        ? S
        : never

/** A value before it is parsed. */
export type Raw =
  | { readonly from: Source; readonly where: string; readonly texts: readonly { text: string; where: string }[] }
  | {
      readonly from: 'file'
      readonly where: string
      readonly content: unknown
      readonly placeOf: PlaceOf
      readonly root: unknown
    }

export const environmentName = (flag: string) => `PORTCULLIS_${flag.toUpperCase().replaceAll('-', '_')}`

export const isNever = (way: string | Never): way is Never => typeof way !== 'string'
