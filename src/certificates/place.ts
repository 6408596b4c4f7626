/** Where a problem of a certificate file stands, and how its name looks in a command. */
import { dirname } from 'node:path'
import type { Problem } from '../errors/problem.js'

/** A problem of `file`, told at the place of the configuration that names the file, or at the file itself if that is null. */
export function problemAt(where: string | null, file: string, message: string, hint?: string): Problem {
  const problem = where === null ? { where: file, message } : { where, message: `${file} ${message}` }
  return hint === undefined ? problem : { ...problem, hint }
}

/** A word as a shell reads it. */
export function shellWord(text: string): string {
  return /^[\w./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}

/** `create-certs --out certs`, for the folder of `file`; flags go behind it. */
export function createCommand(file: string, ...flags: string[]): string {
  return ['create-certs --out', shellWord(dirname(file)), ...flags].join(' ')
}
