/** Holds the directives of a block against the table: unknown, misplaced, repeated or malformed ones become problems. */
import { type Directive, place } from '../language/directive.js'
import { nearest } from '../language/nearest.js'
import { knownDirectives } from '../modules/table.js'
import { unsupportedDirectives } from '../modules/unsupported.js'
import type { NginxReading } from '../reading.js'
import type { Context, Row } from '../row.js'
import type { Inherited, Own } from './route.js'

/** A directive with its row: it stands where it may and has as many words as it may have. */
export interface Checked {
  readonly name: string
  readonly args: readonly string[]
  /** Empty where it has no block. */
  readonly block: readonly Directive[]
  /** `nginx.conf:14` */
  readonly at: string
}

export interface CheckedBlock {
  /** The directives that make up the block's structure, in their order. */
  readonly structure: readonly Checked[]
  /** What the block passes on, its own directives and what it inherits. */
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

/** Checks one block; what is wrong is told to `reading` and left out. */
export function checkBlock(
  directives: readonly Directive[],
  context: Context,
  outer: Inherited,
  reading: NginxReading,
): CheckedBlock {
  const structure: Checked[] = []
  const own: Own = {}
  const first = new Map<string, string>()
  for (const directive of directives) {
    const row = rowFor(directive, context, reading)
    if (row === null) continue
    const at = place(directive.where)
    const { name, args } = directive
    const earlier = first.get(name)
    if (row.repeat === 'once' && earlier !== undefined) {
      reading.problem(at, `"${name}" stands here a second time; the first is at ${earlier}`, 'remove one of them')
      continue
    }
    first.set(name, at)
    const setting = { name, args, where: directive.where, at }
    if (row.decision.kind === 'structure') structure.push({ name, args, block: directive.block ?? [], at })
    else if (row.decision.kind === 'inherited') row.decision.apply(own, setting, reading)
    else {
      const why = row.decision.why(setting, reading)
      if (why !== null) reading.notice(at, `"${name}" is ignored: ${why}`)
    }
  }
  return { structure, inherited: { ...outer, ...own } }
}

function rowFor(directive: Directive, context: Context, reading: NginxReading): Row | null {
  const { name, args, block } = directive
  const at = place(directive.where)
  const rows = knownDirectives.get(name)
  if (rows === undefined) {
    unknown(name, at, reading)
    return null
  }
  const row = rows.find(each => each.contexts.includes(context))
  if (row === undefined) {
    const places = rows.flatMap(each => each.contexts).map(each => contextNames[each])
    reading.problem(at, `"${name}" is not allowed ${contextNames[context]}`, `it may stand ${places.join(', ')}`)
    return null
  }
  if (row.block && block === null) {
    reading.problem(at, `"${name}" needs a block`, `write ${name} ... { ... }`)
    return null
  }
  if (!row.block && block !== null) {
    reading.problem(at, `"${name}" has no block`, 'look for a missing ";" before the "{"')
    return null
  }
  const [fewest, most] = row.args
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
  } else if (unsupportedDirectives.has(name)) {
    reading.problem(at, `the directive "${name}" is not supported yet`, unsupportedDirectives.get(name) ?? undefined)
  } else {
    const meant = nearest(name, [...knownDirectives.keys(), 'include', ...unsupportedDirectives.keys()])
    reading.problem(at, `unknown directive "${name}"`, meant === null ? undefined : `did you mean "${meant}"?`)
  }
}
