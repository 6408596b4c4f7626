/** Compiles an nginx.conf to listeners: everything nginx would do with the file, or the reasons why it cannot be done. */
import { dirname } from 'node:path'
import { type Problem, ProblemsFound } from '../errors/problem.js'
import type { Listener, Upstream } from '../routes/model.js'
import { checkBlock } from './compile/check-block.js'
import { groupByAddress } from './compile/listeners.js'
import { compileServer } from './compile/server.js'
import type { Directive } from './language/directive.js'
import { disk } from './language/disk.js'
import { type ConfFiles, readConfiguration } from './language/include.js'
import { readMap } from './modules/map.js'
import { nginxDefaults, directives as table } from './modules/table.js'
import { checkBackends, readUpstream } from './modules/upstream.js'
import { type DirectiveReport, type NamedFile, NginxReading } from './reading.js'
import type { CheckedDirective, NothingLeft } from './row.js'

export interface NginxConf {
  readonly listeners: readonly Listener[]
  /** The files with users that some route asks; whether they exist is not checked here. */
  readonly usersFiles: readonly NamedFile[]
  /** Every file that was read, the main file first: these are to be watched. */
  readonly files: readonly string[]
  /** What is honoured in another way than nginx does, and what nginx does without a word. */
  readonly notices: readonly Problem[]
  /** Lines without an effect, and why; those that ask for what the gate does anyway are left out. */
  readonly ignored: readonly Problem[]
  /** What becomes of each directive. */
  readonly directives: readonly DirectiveReport[]
}

/** Thrown where the file cannot be served. */
export class NginxConfRefused extends ProblemsFound {
  constructor(
    problems: readonly Problem[],
    readonly directives: readonly DirectiveReport[],
  ) {
    super(problems)
  }
}

/**
 * Reads `mainFile`, a complete file or a fragment as in conf.d (`server`, `upstream` and `map` on the first level). Relative paths in
 * it start at its folder.
 * @throws NginxConfRefused with every mistake, each with its file and line
 */
export function settingsFromNginxConf(mainFile: string, files: ConfFiles = disk): NginxConf {
  const read = readConfiguration(mainFile, files)
  const reading = new NginxReading(dirname(mainFile))
  for (const { where, message, hint } of read.problems) reading.problem(where, message, hint)
  for (const { where, message } of read.ignored) reading.ignore(where, message)
  const listeners = read.files.length === 0 ? [] : compileMain(read.directives, mainFile, reading)
  // What stands behind a mistake in the syntax was not read, so names may seem to be missing.
  if (read.problems.length === 0) reading.finish()
  const directives = inOrder(reading.reports, read.files)
  if (reading.problems.length > 0) throw new NginxConfRefused(inOrder(reading.problems, read.files), directives)
  const notices = inOrder(reading.notices, read.files)
  const ignored = inOrder(reading.ignored, read.files)
  return { listeners, usersFiles: reading.usersFiles, files: read.files, notices, ignored, directives }
}

/** By file, then by line. */
function inOrder<Placed extends { readonly where: string }>(
  placed: readonly Placed[],
  files: readonly string[],
): readonly Placed[] {
  const position = ({ where }: Placed) => {
    const [, file = where, line = '0'] = /^(.*):(\d+)$/.exec(where) ?? []
    return { file: files.indexOf(file), line: Number(line) }
  }
  return placed
    .map(each => ({ each, ...position(each) }))
    .sort((a, b) => a.file - b.file || a.line - b.line)
    .map(({ each }) => each)
}

/** Some directives stand only at the top of a complete file. */
function isComplete(directives: readonly Directive[]): boolean {
  return directives.some(({ name }) => table.get(name)?.every(row => row.contexts.join() === 'main') === true)
}

function compileMain(directives: readonly Directive[], mainFile: string, reading: NginxReading): readonly Listener[] {
  if (!isComplete(directives)) return compileHttp(directives, mainFile, reading)
  const { structure } = checkBlock(directives, 'main', nginxDefaults, reading)
  const { events, http, ...rest } = structure
  rest satisfies NothingLeft
  for (const each of events) checkBlock(each.block, 'events', nginxDefaults, reading).structure satisfies NothingLeft
  return compileHttp(http[0]?.block ?? [], mainFile, reading)
}

function compileHttp(directives: readonly Directive[], mainFile: string, reading: NginxReading): readonly Listener[] {
  const { structure, inherited } = checkBlock(directives, 'http', nginxDefaults, reading)
  const { map, upstream, server, ...rest } = structure
  rest satisfies NothingLeft
  const upstreams = upstream.map(each => compileUpstreamBlock(each, reading))
  noteRepeated(upstream, reading)
  const maps = map.flatMap(each => readMap(each, reading) ?? [])
  const servers = server.map(each => compileServer(each, inherited, { maps, upstreams }, reading))
  checkBackends(upstreams, reading)
  if (servers.length === 0 && reading.problems.length === 0) {
    reading.problem(
      mainFile,
      'the file has no "server"',
      'name the file that holds the servers, or one that includes it',
    )
  }
  return groupByAddress(servers, reading)
}

function noteRepeated(upstreams: readonly CheckedDirective[], reading: NginxReading): void {
  const seen = new Map<string, string>()
  for (const { args, at } of upstreams) {
    const name = (args[0] ?? '').toLowerCase()
    const earlier = seen.get(name)
    if (earlier !== undefined)
      reading.problem(at, `the upstream "${name}" stands here a second time; the first is at ${earlier}`)
    seen.set(name, at)
  }
}

function compileUpstreamBlock(directive: CheckedDirective, reading: NginxReading): Upstream {
  const { server, ...rest } = checkBlock(directive.block, 'upstream', nginxDefaults, reading).structure
  rest satisfies NothingLeft
  return readUpstream(directive, server, reading)
}
