/** The table of all directives that the reader knows: the rows of every module. */
import type { CheckedDirective, FieldsOf, Instruction, Row, Structure } from '../row.js'
import { authBasic } from './auth-basic.js'
import { core } from './core.js'
import { gzip } from './gzip.js'
import { headers } from './headers.js'
import { indexFiles } from './index-files.js'
import { log } from './log.js'
import { main } from './main.js'
import { map } from './map.js'
import { others } from './others.js'
import { proxy } from './proxy.js'
import { rewrite } from './rewrite.js'
import { ssl } from './ssl.js'
import { upstream } from './upstream.js'

/** In the order in which the documentation shows them. */
export const modules = [
  main,
  core,
  proxy,
  upstream,
  authBasic,
  ssl,
  headers,
  rewrite,
  map,
  log,
  indexFiles,
  gzip,
  ...others,
] as const

const rows = modules.flatMap((module): readonly TableRow[] => module.rows)

type TableRow = (typeof modules)[number]['rows'][number]

/** Rows by name; a name stands in several rows where it means another thing in another block. */
export const directives: ReadonlyMap<string, readonly Row[]> = new Map(
  rows.map(({ name }) => [name, rows.filter(row => row.name === name)]),
)

/** What a block passes on to the blocks within it: what a block says replaces what it would inherit, lists as a whole. */
export type Inherited = FieldsOf<readonly TableRow[]>

/** nginx's defaults. */
export const nginxDefaults: Inherited = Object.fromEntries(
  rows.flatMap(({ decision }) => (decision.kind === 'inherited' ? [[decision.field, decision.initial]] : [])),
) as Inherited

type Named<D> = Extract<TableRow, { readonly decision: D }>

/** The directives that a block of this kind is made of, by their names, each in the order of the file. */
export type StructureOf<In> = {
  readonly [R in Named<Structure> as In extends R['contexts'][number] ? R['name'] : never]: readonly CheckedDirective[]
}

export type InstructionName = Named<Instruction>['name']
