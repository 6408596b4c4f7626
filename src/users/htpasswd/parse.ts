/** Reads an htpasswd file by nginx's rules, and names every line that lets nobody in. */

import type { Problem } from '../../errors/problem.js'
import { invisibleIn, placed, visible, withoutInvisible } from '../../files/invisible.js'
import { shellWord } from '../../text/shell-word.js'
import { faultOfHash } from './hash-formats.js'
import type { UserEntry, Users } from './users.js'

/** What a file says, and what is wrong with it. */
export interface ParsedHtpasswd extends Users {
  /** `where` is `file:line`. Such a line lets no user in, or another user than it seems to. The other lines count. */
  readonly problems: readonly Problem[]
  /** The last line where the file may go on behind it; null where it has an end, or is blank, a comment or has something behind its hash. */
  readonly openLine: OpenLine | null
}

/** A last line without LF, which may be a part of a longer one. */
export interface OpenLine {
  /** Counted from 1. */
  readonly line: number
  /** As it stands in the file. A secret: never log it. */
  readonly text: string
  /** Whom it lets in as it is; null for nobody. */
  readonly entry: UserEntry | null
}

/** Where the parts of one line are: `name:hash` and, where a third part follows, `:comment`. */
export interface HtpasswdLine {
  readonly name: string
  readonly hash: string
  /** What stands behind the hash, with its colon; nobody reads it. */
  readonly rest: string
}

/**
 * The parts of a line without its LF; null for an empty line, a comment and a line without a colon. nginx's rules
 * (ngx_http_auth_basic_module): `#` only in the first column, spaces belong to the name, the hash ends at `:` or CR.
 */
export function splitLine(line: string): HtpasswdLine | null {
  if (line.startsWith('#') || line.startsWith('\r')) return null
  const colon = line.indexOf(':')
  if (colon < 0) return null
  const hash = /^[^:\r]*/.exec(line.slice(colon + 1))?.[0] ?? ''
  return { name: line.slice(0, colon), hash, rest: line.slice(colon + 1 + hash.length) }
}

/** The command that writes a user's line: for a new user, or anew. */
export function addCommand(file: string, name: string): string {
  const flag = `--htpasswd ${shellWord(file)}`
  return name.startsWith('-')
    ? `portcullis users add ${flag} -- ${shellWord(name)}`
    : `portcullis users add ${shellWord(name)} ${flag}`
}

/**
 * Pure. The first line of a name decides, even where it cannot be used. A byte order mark is skipped; an empty text has
 * no users and no problems. Neither passwords nor hashes appear in a problem.
 */
export function parseHtpasswd(text: string, file: string): ParsedHtpasswd {
  const entries = new Map<string, UserEntry>()
  const firstLines = new Map<string, number>()
  const problems: Problem[] = []
  const lines = text.replace(/^\uFEFF/, '').split('\n')
  for (const [index, content] of lines.entries()) {
    const line = index + 1
    const where = `${file}:${line}`
    const parts = splitLine(content)
    if (parts === null) {
      const says = content.replace(/\r.*/s, '').trim()
      if (says !== '' && !says.startsWith('#'))
        problems.push({
          where,
          message: withoutColon,
          hint: `a line reads NAME:HASH; ${addCommand(file, 'NAME')} writes one`,
        })
      continue
    }
    const { name, hash } = parts
    const first = firstLines.get(name)
    const fault = faultOfName(name)
    if (fault !== null) {
      problems.push({ where, message: fault, hint: 'delete the line, and add the user again' })
    } else if (first !== undefined) {
      const message = `user ${visible(name)} stands in line ${first} already, and the first line decides`
      problems.push({ where, message, hint: 'delete one of the two lines' })
    } else {
      firstLines.set(name, line)
      const unusable = faultOfHash(hash)
      if (unusable === null) entries.set(name, { name, hash, line })
      const odd = oddityOfName(name) ?? oddityOfHash(hash, unusable)
      const fresh = `write the line anew with: ${addCommand(file, withoutInvisible(name))}`
      const hint = faultOfName(withoutInvisible(name)) === null ? `delete it, or ${fresh}` : 'delete it'
      if (odd !== null) problems.push({ where, message: `user ${visible(name)} ${odd}`, hint })
      else if (unusable !== null) problems.push({ where, message: `user ${visible(name)} ${unusable}`, hint: fresh })
    }
  }
  return { file, entries, problems, openLine: openLineOf(lines, entries) }
}

function openLineOf(lines: readonly string[], entries: ReadonlyMap<string, UserEntry>): OpenLine | null {
  const text = lines.at(-1) ?? ''
  if (text.trim() === '' || text.startsWith('#')) return null
  const parts = splitLine(text)
  if (parts !== null && parts.rest !== '') return null
  const line = lines.length
  const entry = parts === null ? null : (entries.get(parts.name) ?? null)
  return { line, text, entry: entry?.line === line ? entry : null }
}

const withoutColon = 'the line has no colon between a name and a password hash'

/** Why nobody should be given this name: as faultOfName, and for what nobody sees at its ends. */
export function faultOfNewName(name: string): string | null {
  const fault = faultOfName(name)
  return fault === null && invisibleIn(name)?.place !== 'within' ? oddityOfName(name) : fault
}

/** Why nobody can have this name, in one clause; null for a name that can stand in a file and in a login. */
export function faultOfName(name: string): string | null {
  if (name === '') return 'the user name is empty'
  if (name.includes(':')) return 'the user name contains a colon'
  if (name.startsWith('#')) return 'the user name begins with #, so its line would be a comment'
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  const control = /[\0-\x1f\x7f]/.exec(name)?.[0]
  if (control !== undefined) return `the user name contains a control character: ${invisibleIn(control)?.what}`
  // Two names whose bytes are no UTF-8 would look the same.
  if (name.includes('\uFFFD')) return 'the user name is not valid UTF-8'
  return null
}

/** What in a name nobody sees, in one clause that follows the name; null for nothing. */
export function oddityOfName(name: string): string | null {
  const found = invisibleIn(name)
  if (found === null) return null
  const bare = withoutInvisible(name)
  const instead = bare.startsWith('#') ? 'the line is no comment' : `${visible(bare)} is another user`
  return `has ${placed(found)} the name, which belongs to it: ${instead}`
}

/** The same for a hash. @param unusable what faultOfHash says of it */
function oddityOfHash(hash: string, unusable: string | null): string | null {
  const found = invisibleIn(hash)
  if (found === null) return null
  if (unusable === null) return `has ${placed(found)} the password, which belongs to it`
  // Where something else is wrong with it as well, that is told.
  return faultOfHash(withoutInvisible(hash)) === null ? `has ${placed(found)} the hash, which lets nobody in` : null
}
