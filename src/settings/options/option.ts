/** What a row of the table of options is made of, and what is read by it: a setting, wherever it is said. */
import type { Problem } from '../../errors/problem.js'

/** Where a value comes from; a stronger source comes first. An nginx.conf is stronger than the default and never given beside the others. */
export type Source = 'flag' | 'environment' | 'file' | 'default'

/** A value that knows where it was said. */
export interface Sourced<T = string> {
  readonly value: T
  /** For messages: `--listen`, `PORTCULLIS_LISTEN`, `portcullis.yaml:3`; a default names what it stands for. */
  readonly where: string
  readonly from: Source
}

/** Why a value is refused. */
export class ParseError {
  /**
   * @param message a clause: `"x" is no address to listen on`, or what the value must be: `must be true or false`
   * @param hint the next step
   * @param next what is wrong with the value besides
   */
  constructor(
    readonly message: string,
    readonly hint: string | null = null,
    readonly next: ParseError | null = null,
  ) {}
}

/** A part of a JSON Schema (draft 2020-12). */
export type JsonSchema = Readonly<Record<string, unknown>>

/** A number, a word, a text: one value as text in a flag and in the environment, and as a scalar in YAML. */
export interface ScalarType<T> {
  readonly kind: 'scalar'
  /** Stands for the value in the help: `SECONDS`. */
  readonly placeholder: string
  /** What YAML may hold. */
  readonly yaml: readonly ('string' | 'number' | 'boolean')[]
  /** What the value must be, for a value of another type: `must be a text`. */
  readonly expected: string
  /** Whether `parse` itself judges an empty text of a file. */
  readonly judgesEmpty?: true
  parse(text: string): T | ParseError
  /** What stands for a refused value while the rest is judged; the default where this is absent. */
  readonly refused?: (text: string) => T
  /** As a person writes it. */
  show(value: T): string
  readonly schema: JsonSchema
}

/** Several values: a list in YAML, a flag that may be repeated, and words between commas or blanks in flag and environment. */
export interface ListType<I> {
  readonly kind: 'list'
  readonly item: ScalarType<I>
  /** For a message: `must be written as a list: [10.0.0.0/8]`. */
  readonly expected: string
  /** Whether YAML may hold one value without its list. */
  readonly orOne: boolean
  /** What is said of `[]`; null where that is allowed. */
  readonly empty: string | null
}

/** The place of a key or an item below the option's own key, as `file:line`. */
export type PlaceOf = (...path: readonly (string | number)[]) => string

/** Where a structure stands. */
export interface StructureContext {
  /** Its key, for messages: `access`. */
  readonly name: string
  readonly placeOf: PlaceOf
  /** The whole file as plain data: rules name groups. */
  readonly root: unknown
}

export interface ReadStructure<T> {
  /** null where nothing can be made of it. */
  readonly value: T | null
  readonly problems: readonly Problem[]
}

/** Maps and lists of maps: their own parser reads them. */
export interface StructureType<T> {
  readonly kind: 'structure'
  readonly placeholder: string
  /** @param content plain data, as YAML has it */
  read(content: unknown, context: StructureContext): ReadStructure<T>
  /** The same from a flag or the environment. */
  fromText(text: string, where: string): ReadStructure<T>
  show(value: T): string
  readonly schema: JsonSchema
}

/** A way in which an option cannot be given, and why that is so. */
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

/** One setting: everything that help, reading, printing, schema and documentation need to know of it. */
export interface Option<Type, Default> {
  readonly heading: Heading
  /** Its key in portcullis.yaml: `listen`, `tls.cert`. */
  readonly file: string | Never
  /** Without hyphens in front. PORTCULLIS_<FLAG> is its name in the environment. */
  readonly flag: string | Never
  readonly type: Type
  /** `text` is for the help; `where` names the default in messages. */
  readonly default: { readonly value: Default; readonly text: string; readonly where: string }
  /** True where it holds beside an nginx.conf; else what is said of it in a portcullis.yaml beside one. */
  readonly besideNginxConf: true | { readonly message: string; readonly hint: string }
  /** Whether SIGHUP can change it. */
  readonly reload: 'live' | 'restart'
  /** Whether its value is never shown. */
  readonly secret: boolean
  /** A clause without the default. */
  readonly help: string
}

/** What is read by a type: of a list, every item knows its place. */
export type Read<Type> =
  Type extends ScalarType<infer T>
    ? T
    : Type extends ListType<infer I>
      ? readonly Sourced<I>[]
      : Type extends StructureType<infer S>
        ? S
        : never

/** What was said, before it is parsed. */
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
