/** Reads a configuration with everything it includes, each directive knowing the file it stands in. */
import { basename, dirname, join } from 'node:path'
import type { Problem } from '../../errors/problem.js'
import { type Directive, place } from './directive.js'
import { parse } from './parse.js'

/** What reading needs of the disk; tests give an object with texts. */
export interface ConfFiles {
  /** The file as UTF-8; throws when it cannot be read. */
  read(path: string): string
  /** The paths that match a pattern of glob(3) with `*`, `?` and `[`, sorted by their bytes; none is no mistake. */
  glob(pattern: string): readonly string[]
}

export interface ReadConfiguration {
  /** The main file's directives with every `include` replaced by what it names. */
  readonly directives: readonly Directive[]
  /** Every file that was read, the main file first. */
  readonly files: readonly string[]
  readonly problems: readonly Problem[]
  /** What was left out on purpose, and why. */
  readonly ignored: readonly Problem[]
}

const deepestInclude = 20
/** Two files that include themselves twice would be a million at that depth. */
const maxFiles = 1_000

/**
 * Reads `mainFile` and, in place of each `include`, what it names: relative to the folder of the main file even within an included
 * file, sorted where it is a pattern. A missing file is a problem, as in nginx; only `mime.types`, which the gate does not
 * need, is never read.
 */
export function readConfiguration(mainFile: string, disk: ConfFiles): ReadConfiguration {
  const files: string[] = []
  const problems: Problem[] = []
  const ignored: Problem[] = []

  const readFile = (file: string, includedFrom: string | null, depth: number): readonly Directive[] => {
    let text: string
    try {
      text = disk.read(file)
    } catch (error) {
      const reason = reasonOf(error)
      problems.push(
        includedFrom === null
          ? { where: file, message: `cannot be read: ${reason}`, hint: 'name an existing file with --nginx-conf' }
          : { where: includedFrom, message: `the included file "${file}" cannot be read: ${reason}` },
      )
      return []
    }
    files.push(file)
    const parsed = parse(text, file)
    problems.push(...parsed.problems)
    return parsed.directives.flatMap(directive => expand(directive, depth))
  }

  const expand = (directive: Directive, depth: number): readonly Directive[] => {
    if (directive.name !== 'include' || directive.block !== null) {
      if (directive.block === null) return [directive]
      return [{ ...directive, block: directive.block.flatMap(each => expand(each, depth)) }]
    }
    const where = place(directive.where)
    const [pattern] = directive.args
    if (pattern === undefined || directive.args.length !== 1) {
      problems.push({ where, message: '"include" takes exactly one file name or pattern' })
      return []
    }
    if (basename(pattern) === 'mime.types') {
      ignored.push({ where, message: 'mime.types is not read: a registry names its media types itself' })
      return []
    }
    if (depth >= deepestInclude) {
      const message = `"include" is nested more than ${deepestInclude} times`
      problems.push({ where, message, hint: 'look for a file that includes itself' })
      return []
    }
    if (files.length >= maxFiles) {
      const message = `more than ${maxFiles} files are included`
      problems.push({ where, message, hint: 'look for a file that includes itself' })
      return []
    }
    const path = pattern.startsWith('/') ? pattern : join(dirname(mainFile), pattern)
    const found = /[*?[]/.test(pattern) ? disk.glob(path) : [path]
    return found.flatMap(file => readFile(file, where, depth + 1))
  }

  const directives = readFile(mainFile, null, 0)
  return { directives, files, problems, ignored }
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : ''
  if (code === 'ENOENT') return 'it does not exist'
  if (code === 'EACCES') return 'permission denied'
  if (code === 'EISDIR') return 'it is a folder'
  return error instanceof Error ? error.message : String(error)
}
