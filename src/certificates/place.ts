/** The place of a problem with a certificate file, and file names in commands. */
import { basename, dirname } from 'node:path'
import type { Problem } from '../errors/problem.js'

/**
 * A problem with `file`, reported at the place in the configuration that names it, or at the file itself if `where` is
 * null.
 */
export function problemAt(where: string | null, file: string, message: string, hint?: string): Problem {
  const problem = where === null ? { where: file, message } : { where, message: `${file} ${message}` }
  return hint === undefined ? problem : { ...problem, hint }
}

/** Quotes a word for a POSIX shell. */
export function shellWord(text: string): string {
  return /^[\w./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}

/**
 * The command that creates a pair in the folder of `file`: `create-certs --out certs`. `force` announces that it
 * replaces `file`; it is ignored if the command would not write a file of that name.
 */
export function createCommand(file: string, force: 'force' | null = null, ...flags: string[]): string {
  const command = ['create-certs --out', shellWord(dirname(file))]
  const named = ['cert.pem', 'key.pem'].includes(basename(file))
  if (named && force !== null) command.push('--force')
  return [...command, ...flags, ...(named ? [] : ['(it makes cert.pem and key.pem)'])].join(' ')
}
