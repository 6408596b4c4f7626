/** Where a problem of a certificate file stands, and how its name looks in a command. */
import { basename, dirname } from 'node:path'
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

/**
 * How to create a pair in the folder of `file`: `create-certs --out certs`. `force` says that it replaces `file`, which it can only
 * where the file has the name that it gives.
 */
export function createCommand(file: string, force: 'force' | null = null, ...flags: string[]): string {
  const command = ['create-certs --out', shellWord(dirname(file))]
  const named = ['cert.pem', 'key.pem'].includes(basename(file))
  if (named && force !== null) command.push('--force')
  return [...command, ...flags, ...(named ? [] : ['(it makes cert.pem and key.pem)'])].join(' ')
}
