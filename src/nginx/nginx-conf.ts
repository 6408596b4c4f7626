/** Compiles an nginx.conf to listeners: everything nginx would do with the file, or the reasons why it cannot be done. */
import { dirname } from 'node:path'
import { type Problem, ProblemsFound } from '../errors/problem.js'
import type { Listener } from '../routes/model.js'
import { type Checked, checkBlock } from './compile/check-block.js'
import { groupByAddress } from './compile/listeners.js'
import { nginxDefaults } from './compile/route.js'
import { compileServer } from './compile/server.js'
import type { Directive } from './language/directive.js'
import { disk } from './language/disk.js'
import { type ConfFiles, readConfiguration } from './language/include.js'
import { compileMap } from './modules/map.js'
import { checkBackends, compileUpstream } from './modules/upstream.js'
import { type NamedFile, NginxReading } from './reading.js'

export interface NginxConf {
  readonly listeners: readonly Listener[]
  /** The files with users that some route asks; whether they exist is not checked here. */
  readonly usersFiles: readonly NamedFile[]
  /** Every file that was read, the main file first: these are to be watched. */
  readonly files: readonly string[]
  /** What is honoured in another way than nginx does, or ignored, and why. */
  readonly notices: readonly Problem[]
}

/**
 * Reads `mainFile`, a complete file or a fragment as in conf.d (`server`, `upstream` and `map` on the first level). Relative paths in
 * it start at its folder.
 * @throws ProblemsFound with every mistake, each with its file and line
 */
export function settingsFromNginxConf(mainFile: string, files: ConfFiles = disk): NginxConf {
  const read = readConfiguration(mainFile, files)
  const reading = new NginxReading(dirname(mainFile))
  for (const { where, message, hint } of read.problems) reading.problem(where, message, hint)
  for (const { where, message, hint } of read.notices) reading.notice(where, message, hint)
  const listeners = read.files.length === 0 ? [] : compileMain(read.directives, mainFile, reading)
  // What stands behind a mistake in the syntax was not read, so names may seem to be missing.
  if (read.problems.length === 0) reading.finish()
  if (reading.problems.length > 0) throw new ProblemsFound(inOrder(reading.problems, read.files))
  const notices = inOrder(reading.notices, read.files)
  return { listeners, usersFiles: reading.usersFiles, files: read.files, notices }
}

/** By file, then by line. */
function inOrder(problems: readonly Problem[], files: readonly string[]): readonly Problem[] {
  const position = ({ where }: Problem) => {
    const [, file = where, line = '0'] = /^(.*):(\d+)$/.exec(where) ?? []
    return { file: files.indexOf(file), line: Number(line) }
  }
  return problems
    .map(problem => ({ problem, ...position(problem) }))
    .sort((a, b) => a.file - b.file || a.line - b.line)
    .map(each => each.problem)
}

/** These stand only in a complete file. */
const mainOnly = new Set([
  'events',
  'http',
  'worker_processes',
  'user',
  'pid',
  'daemon',
  'load_module',
  'stream',
  'mail',
])

function compileMain(directives: readonly Directive[], mainFile: string, reading: NginxReading): readonly Listener[] {
  const complete = directives.some(each => mainOnly.has(each.name))
  if (!complete) return compileHttp(directives, mainFile, reading)
  const { structure } = checkBlock(directives, 'main', nginxDefaults, reading)
  for (const each of structure) if (each.name === 'events') checkBlock(each.block, 'events', nginxDefaults, reading)
  const http = structure.find(each => each.name === 'http')
  return compileHttp(http?.block ?? [], mainFile, reading)
}

function compileHttp(directives: readonly Directive[], mainFile: string, reading: NginxReading): readonly Listener[] {
  const { structure, inherited } = checkBlock(directives, 'http', nginxDefaults, reading)
  const named = (name: string): readonly Checked[] => structure.filter(each => each.name === name)
  const upstreams = named('upstream').map(each => compileUpstream(each, reading))
  noteRepeated(named('upstream'), reading)
  const maps = named('map').flatMap(each => compileMap(each, reading) ?? [])
  const servers = named('server').map(each => compileServer(each, inherited, { maps, upstreams }, reading))
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

function noteRepeated(upstreams: readonly Checked[], reading: NginxReading): void {
  const seen = new Map<string, string>()
  for (const { args, at } of upstreams) {
    const name = (args[0] ?? '').toLowerCase()
    const earlier = seen.get(name)
    if (earlier !== undefined)
      reading.problem(at, `the upstream "${name}" stands here a second time; the first is at ${earlier}`)
    seen.set(name, at)
  }
}
