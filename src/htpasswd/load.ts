/** The users at the start: without a single one the gate would let nobody in, so it says what is missing. */
import { type Problem, ProblemsFound } from '../errors/problem.js'
import { type ParsedHtpasswd, shellWord } from './parse.js'
import { readHtpasswd } from './read-file.js'

/** Both print the line to put into the file; the second needs nothing but docker. */
export function createHint(file: string): string {
  const output = shellWord(file)
  return (
    `create it with: htpasswd -Bbn admin secret > ${output}, ` +
    `or: docker run --rm --entrypoint htpasswd httpd:2 -Bbn admin secret > ${output}`
  )
}

function hintFor(trouble: string, file: string): string {
  if (trouble === 'is a folder') {
    return 'docker makes a folder where a mounted file does not exist: remove the folder and create the file first'
  }
  if (trouble === 'may not be read by this process')
    return `let the user of this process read it: chmod a+r ${shellWord(file)}`
  return createHint(file)
}

/**
 * Reads the file once. `where` is the place that names it (`nginx.conf:14`, `--htpasswd`). Lines that cannot be used come
 * back as problems; ProblemsFound is thrown when the file cannot be read or has no usable user.
 */
export async function loadUsers(file: string, where: string): Promise<ParsedHtpasswd> {
  const reading = await readHtpasswd(file)
  if ('trouble' in reading) {
    const message = `the users file "${file}" ${reading.trouble}`
    throw new ProblemsFound([{ where, message, hint: hintFor(reading.trouble, file) }])
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
