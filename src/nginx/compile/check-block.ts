/** Holds the directives of a block against the table: unknown, misplaced, repeated or malformed ones become problems. */
import { type Directive, place } from '../language/directive.js'
import { nearest } from '../language/nearest.js'
import { type Inherited, type InstructionName, directives as known, type StructureOf } from '../modules/table.js'
import type { DirectiveReport, NginxReading } from '../reading.js'
import type { CheckedDirective, Context, Row } from '../row.js'

export interface CheckedInstruction extends CheckedDirective {
  readonly name: InstructionName
}

export interface CheckedBlock<In extends Context> {
  /** Each has to be taken out by the compiler of the block: `rest satisfies NothingLeft` shows that none is forgotten. */
  readonly structure: StructureOf<In>
  /** The instructions of the rewrite phase, in their order. */
  readonly instructions: readonly CheckedInstruction[]
  /** What the block passes on: what its own directives say, and what it inherits. */
  readonly inherited: Inherited
}

const contextNames: Record<Context, string> = {
  main: 'at the top of the file',
  events: 'within "events"',
  http: 'within "http"',
  upstream: 'within "upstream"',
  server: 'within "server"',
  'server-if': 'within "if" in "server"',
  location: 'within "location"',
  'location-if': 'within "if" in "location"',
}

/** Checks one block; what is wrong is reported to `reading` and left out. */
export function checkBlock<In extends Context>(
  directives: readonly Directive[],
  context: In,
  outer: Inherited,
  reading: NginxReading,
): CheckedBlock<In> {
  const structure = emptyStructure(context)
  const instructions: CheckedInstruction[] = []
  // Its values have the types that the rows of the table promise, by the names of their fields.
  const own: Record<string, unknown> = {}
  const first = new Map<string, string>()
  for (const written of directives) {
    const row = rowFor(written, context, reading)
    if (row === null) continue
    const at = place(written.where)
    const { name, args } = written
    const earlier = first.get(name)
    if (row.repeat === 'once' && earlier !== undefined) {
      reading.problem(at, `"${name}" stands here a second time; the first is at ${earlier}`, 'remove one of them')
      continue
    }
    first.set(name, at)
    reading.report({ where: at, directive: name, ...outcomeOf(row, args) })
    const directive = { name, args, block: written.block ?? [], at }
    const { decision } = row
    switch (decision.kind) {
      case 'structure':
        structure[name]?.push(directive)
        break
      case 'instruction':
        instructions.push(directive as CheckedInstruction)
        break
      case 'inherited': {
        const value = decision.read(directive, reading, own[decision.field])
        if (value !== undefined) own[decision.field] = value
        break
      }
      case 'ignored': {
        const reason = decision.notice(directive, reading)
        if (reason !== null) reading.ignore(at, `"${name}" is ignored: ${reason}`)
        break
      }
      case 'refused':
        if (!changesNothing(row, args))
          reading.problem(
            at,
            `"${name}" is not supported: nginx would ${decision.would}`,
            decision.instead ?? undefined,
          )
        break
      case 'read-before':
        break
    }
  }
  return { structure: structure as object as StructureOf<In>, instructions, inherited: { ...outer, ...own } }
}

function outcomeOf(row: Row, args: readonly string[]): Pick<DirectiveReport, 'decision' | 'reason'> {
  const { decision, says } = row
  if (changesNothing(row, args)) return { decision: 'ignored', reason: `"${args[0]}" is what the gate does anyway` }
  if (decision.kind === 'ignored' || decision.kind === 'refused') return { decision: decision.kind, reason: says }
  return { decision: 'honoured', reason: says }
}

function changesNothing({ decision }: Row, [word, second]: readonly string[]): boolean {
  return decision.kind === 'refused' && word?.toLowerCase() === decision.unless && second === undefined
}

function emptyStructure(context: Context): Record<string, CheckedDirective[]> {
  const names = [...known].filter(([, rows]) =>
    rows.some(row => row.decision.kind === 'structure' && row.contexts.includes(context)),
  )
  return Object.fromEntries(names.map(([name]) => [name, []]))
}

/** The row by which a directive is read in this block; null where it is not, which is reported. */
function rowFor(directive: Directive, context: Context, reading: NginxReading): Row | null {
  const { name, args, block } = directive
  const at = place(directive.where)
  const rows = known.get(name)
  if (rows === undefined) {
    unknown(name, at, reading)
    return null
  }
  const row = rows.find(each => each.decision.kind === 'refused' || each.contexts.includes(context))
  if (row === undefined) {
    const places = rows.flatMap(each => each.contexts).map(each => contextNames[each])
    reading.problem(at, `"${name}" is not allowed ${contextNames[context]}`, `it may stand ${places.join(', ')}`)
    return null
  }
  const { decision } = row
  if (decision.kind === 'refused') return row
  const hasBlock = 'block' in decision && decision.block
  if (hasBlock && block === null) {
    reading.problem(at, `"${name}" needs a block`, `write ${name} ... { ... }`)
    return null
  }
  if (!hasBlock && block !== null) {
    reading.problem(at, `"${name}" has no block`, 'look for a missing ";" before the "{"')
    return null
  }
  const [fewest, most] = decision.words
  if (args.length < fewest || args.length > most) {
    const needed =
      fewest === most ? `${fewest}` : most === Number.POSITIVE_INFINITY ? `at least ${fewest}` : `${fewest} or ${most}`
    const words = /\b1$/.test(needed) ? 'word' : 'words'
    reading.problem(
      at,
      `"${name}" takes ${needed} ${words}, and has ${args.length}`,
      args.length > most ? 'look for a missing ";"' : undefined,
    )
    return null
  }
  return row
}

function unknown(name: string, at: string, reading: NginxReading): void {
  if (name.startsWith('//')) {
    reading.problem(at, 'unknown directive "//"', 'a comment begins with "#"')
    return
  }
  const meant = nearest(name, known.keys())
  reading.problem(at, `unknown directive "${name}"`, meant === null ? undefined : `did you mean "${meant}"?`)
}
