/** The users at the start: without a single one the gate would let nobody in, so it says what is missing. */

import { type Problem, ProblemsFound } from '../../errors/problem.js'
import { shellWord } from '../../text/shell-word.js'
import { addCommand, type ParsedHtpasswd } from './parse.js'
import { readHtpasswd } from './read-file.js'

/** The second needs nothing but docker, where the file is missing on a machine without Portcullis. */
function createHint(file: string): string {
  return (
    `create it with: ${addCommand(file, 'admin')}, ` +
    `or: docker run --rm --entrypoint htpasswd httpd:2 -Bbn admin secret > ${shellWord(file)}`
  )
}

function hintFor(error: string, file: string): string {
  if (error === 'is a folder') {
    return 'docker makes a folder where a mounted file does not exist: remove the folder and create the file first'
  }
  if (error === 'may not be read by this process')
    return `let the user of this process read it: chmod a+r ${shellWord(file)}`
  if (error === 'is a link to something that does not exist') return `remove the link; ${createHint(file)}`
  if (error.startsWith('cannot be read')) return `see what stands there: ls -ld ${shellWord(file)}`
  return createHint(file)
}

/** For a command on the file itself, which a person may repeat as another user. `error` as readHtpasswd and statFile say it. */
export function unreadable(file: string, error: string): Problem {
  const hint =
    error === 'may not be read by this process' ? 'run the command as its owner, or with sudo' : hintFor(error, file)
  return { where: file, message: error, hint }
}

/**
 * Reads the file once. `where` is the place that names it (`nginx.conf:14`, `--htpasswd`). Lines that cannot be used come
 * back as problems; ProblemsFound is thrown when the file cannot be read or has no usable user.
 */
export async function loadUsers(file: string, where: string): Promise<ParsedHtpasswd> {
  const reading = await readHtpasswd(file)
  if ('error' in reading) {
    const message = `the users file "${file}" ${reading.error}`
    throw new ProblemsFound([{ where, message, hint: hintFor(reading.error, file) }])
  }
  const { parsed } = reading
  if (parsed.entries.size > 0) return parsed
  const nobody: Problem = {
    where,
    message: `the users file "${file}" has no usable user, so nobody could log in`,
    hint: createHint(file),
  }
  throw new ProblemsFound([nobody, ...parsed.problems])
}
