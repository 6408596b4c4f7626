/**
 * The form of the table of directives: a row says where a directive may stand, what follows its name, and what
 * becomes of it. (decision C3)
 */
import type { Directive } from './language/directive.js'
import type { NginxReading } from './reading.js'

/** The block that a directive stands in; an `if` is another one within `server` than within `location`. */
export type Context = 'main' | 'events' | 'http' | 'upstream' | 'server' | 'server-if' | 'location' | 'location-if'

/** Where most of nginx's directives may stand. */
export const anywhere = ['http', 'server', 'location'] as const satisfies readonly Context[]

/** A directive that stands where it may, with as many words as it may have. */
export interface CheckedDirective {
  readonly name: string
  readonly args: readonly string[]
  /** Empty where it has no block. */
  readonly block: readonly Directive[]
  /** `nginx.conf:14` */
  readonly at: string
}

/** The smallest and the largest number of words after the name. */
export type WordCount = readonly [min: number, max: number]

/** A part of its block (`listen`, `location`): the compiler of the block gets it by its name and has to take it from there. */
export interface Structure {
  readonly kind: 'structure'
  readonly words: WordCount
  readonly block: boolean
}

/** An instruction of the rewrite phase, compiled in the order of the file. */
export interface Instruction {
  readonly kind: 'instruction'
  readonly words: WordCount
  readonly block: boolean
}

/** A value that a block passes on to the blocks within it; `Field` is its name in what is inherited. */
export interface Inheritable<Field extends string, Value> {
  readonly kind: 'inherited'
  readonly words: WordCount
  readonly field: Field
  /** nginx's default. */
  readonly initial: Value
  /**
   * @param earlier what earlier lines of the same directive in the same block said
   * @returns undefined where the words are wrong, which it reports to `reading`
   */
  read(directive: CheckedDirective, reading: NginxReading, earlier: Value | undefined): Value | undefined
}

/** Accepted without an effect. */
export interface Ignored {
  readonly kind: 'ignored'
  readonly words: WordCount
  readonly block: boolean
  /** Why it has no effect, for the documentation. */
  readonly says: string
  /** Checks the words; the reason for a notice, or null where the line says what the gate does anyway. */
  notice(directive: CheckedDirective, reading: NginxReading): string | null
}

/** Known to nginx and a mistake here. */
export interface RefusedDirective {
  readonly kind: 'refused'
  /** What nginx would do, behind "nginx would". */
  readonly would: string
  /** What to do instead; null where there is nothing better than to wait. */
  readonly instead: string | null
  /** The word with which the line changes nothing, and is accepted; null where there is none. */
  readonly unless: string | null
}

/** `include`: the reader has replaced it by what it names before the table is asked. */
export interface ReadBefore {
  readonly kind: 'read-before'
  readonly words: WordCount
}

export type DirectiveDecision =
  | Structure
  | Instruction
  | Inheritable<string, unknown>
  | Ignored
  | RefusedDirective
  | ReadBefore

export interface Row<
  Name extends string = string,
  In extends Context = Context,
  D extends DirectiveDecision = DirectiveDecision,
> {
  readonly name: Name
  readonly contexts: readonly In[]
  /** `once`: a second one in the same block is a mistake. */
  readonly repeat: 'once' | 'many'
  readonly decision: D
  /** What becomes of the directive, for the documentation and for `check --print json`. */
  readonly says: string
}

/** An ignored directive brings its reason; every other one needs a line for the documentation. */
type Says<D extends DirectiveDecision> = D extends Ignored ? [] : [says: string]

/** A directive that may stand once in a block. */
export function once<const Name extends string, const In extends Context, const D extends DirectiveDecision>(
  name: Name,
  contexts: readonly In[],
  decision: D,
  ...says: Says<D>
): Row<Name, In, D> {
  return { name, contexts, repeat: 'once', decision, says: saysOf(decision, says) }
}

/** A directive that may stand several times in a block. */
export function many<const Name extends string, const In extends Context, const D extends DirectiveDecision>(
  name: Name,
  contexts: readonly In[],
  decision: D,
  ...says: Says<D>
): Row<Name, In, D> {
  return { name, contexts, repeat: 'many', decision, says: saysOf(decision, says) }
}

function saysOf(decision: DirectiveDecision, [says]: readonly string[]): string {
  return decision.kind === 'ignored' ? decision.says : (says ?? '')
}

interface RefusedOptions {
  /** Only where they tell a complete file from a piece of one. */
  readonly contexts?: readonly Context[]
  readonly unless?: string
}

/** Directives that are a mistake wherever they stand. */
export function refused(
  would: string,
  instead: string | null,
  names: readonly string[],
  { contexts = [], unless }: RefusedOptions = {},
): readonly Row<string, Context, RefusedDirective>[] {
  const decision: RefusedDirective = { kind: 'refused', would, instead, unless: unless ?? null }
  const says = `nginx would ${would}${instead === null ? '' : `; ${instead}`}`
  return names.map(name => ({ name, contexts, repeat: 'many', decision, says }))
}

/** Directives without an effect, all of them for the same reason. */
export function ignoredEach(
  contexts: readonly Context[],
  decision: Ignored,
  names: readonly string[],
  repeat: Row['repeat'] = 'once',
): readonly Row<string, Context, Ignored>[] {
  return names.map(name => ({ name, contexts, repeat, decision, says: decision.says }))
}

type InheritableRow = Row<string, Context, Inheritable<string, unknown>>

/** What the rows of a module pass on: a field for each, of the type of its default. */
export type FieldsOf<Rows extends readonly Row[]> = {
  readonly [R in Extract<Rows[number], InheritableRow> as R['decision']['field']]: R['decision']['initial']
}

/** One module of nginx: its rows, and what its inherited fields become. */
export interface NginxModule<Rows extends readonly Row[], Args extends readonly unknown[], Part> {
  /** nginx's own name of it: `ngx_http_proxy_module`. */
  readonly name: string
  readonly rows: Rows
  readonly compile: (fields: FieldsOf<Rows>, ...args: Args) => Part
}

type Compile<Rows extends readonly Row[], Args extends readonly unknown[], Part> = keyof FieldsOf<Rows> extends never
  ? []
  : [compile: (fields: FieldsOf<Rows>, ...args: Args) => Part]

/**
 * @param compile what the module's fields become in the compiled configuration; needed as soon as a row has a field. It takes
 *   each field by its name and shows with `rest satisfies NothingLeft` that it forgot none.
 */
export function nginxModule<const Rows extends readonly Row[], Args extends readonly unknown[], Part>(
  name: string,
  rows: Rows,
  ...compile: Compile<Rows, Args, Part>
): NginxModule<Rows, Args, Part> {
  const [given] = compile
  return { name, rows, compile: given ?? (() => ({}) as Part) }
}

/** What must be left of a module's fields when each of them has been used. */
export type NothingLeft = Readonly<Record<string, never>>
