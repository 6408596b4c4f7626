/** Changes one user in the text of an htpasswd file and leaves the rest as it is: order, comments, line ends. */
import { randomBytes } from 'node:crypto'
import { encodeBase64, hashSync, truncates } from 'bcryptjs'
import { type Problem, ProblemsFound } from '../../errors/problem.js'
import { visible } from '../../files/invisible.js'
import { faultOfNewName, oddityOfName, splitLine } from './parse.js'

/** `existed`: whether the text had a line with this name before. */
export interface Edited {
  readonly text: string
  readonly existed: boolean
}

/**
 * `line` is `name:hash` as createEntry writes it. It takes the place of the user's first line, whose comment behind a second
 * colon stays; further lines of the same name, which nobody reads, go. A new user comes last.
 */
export function setUser(text: string, name: string, line: string): Edited {
  const lines = linesOf(text)
  let existed = false
  const kept: Line[] = []
  for (const old of lines) {
    const parts = splitLine(old.content)
    if (parts?.name !== name) kept.push(old)
    else if (!existed) {
      existed = true
      kept.push({ ...old, content: `${line}${parts.rest}` })
    }
  }
  if (existed) return { text: joined(text, kept), existed }
  const lineEnd = lines.find(old => old.end !== '')?.end ?? '\n'
  // `htpasswd -n` ends its output with an empty line; the new user stands before it.
  while (kept.at(-1)?.content.trim() === '') kept.pop()
  const last = kept.at(-1)
  if (last !== undefined && last.end === '') kept.splice(-1, 1, { ...last, end: lineEnd })
  kept.push({ content: line, end: lineEnd })
  return { text: joined(text, kept), existed }
}

/** Removes every line of the user. */
export function removeUser(text: string, name: string): Edited {
  const lines = linesOf(text)
  const kept = lines.filter(line => splitLine(line.content)?.name !== name)
  return { text: joined(text, kept), existed: kept.length < lines.length }
}

/** A line for setUser, and what the person should know about the name and the password. */
export interface CreatedEntry {
  readonly line: string
  readonly warnings: readonly Problem[]
}

/**
 * `name:hash` with bcrypt in the form `$2y$`, which nginx, Apache and registry:2 read. Takes some 70 ms at cost 10. Throws
 * ProblemsFound for a name or a password that could never log in.
 */
export function createEntry(name: string, password: string, { cost = 10, random = randomBytes } = {}): CreatedEntry {
  const problems: Problem[] = []
  const nameFault = faultOfNewName(name)
  if (nameFault !== null) problems.push({ where: visible(name), message: nameFault })
  const where = `the password of ${JSON.stringify(name)}`
  if (password === '') problems.push({ where, message: 'is empty' })
  if (password.includes('\0')) problems.push({ where, message: 'contains a NUL character' })
  if (problems.length > 0) throw new ProblemsFound(problems)
  const salt = `$2y$${String(cost).padStart(2, '0')}$${encodeBase64(random(16), 16)}`
  const tooLong: Problem = {
    where,
    message: 'is longer than 72 bytes, and bcrypt looks at the first 72 only',
    hint: 'choose a shorter one: 20 random characters cannot be guessed',
  }
  const odd = oddityOfName(name)
  const oddName: Problem[] = odd === null ? [] : [{ where: visible(name), message: odd }]
  const warnings = [...oddName, ...(truncates(password) ? [tooLong] : [])]
  return { line: `${name}:${hashSync(password, salt)}`, warnings }
}

interface Line {
  /** Without its end and without a byte order mark. */
  readonly content: string
  readonly end: '\n' | '\r\n' | ''
}

const byteOrderMark = '\uFEFF'

function linesOf(text: string): Line[] {
  const lines = text.replace(/^\uFEFF/, '').split('\n')
  const last = lines.pop()
  return [
    ...lines.map((line): Line => {
      return line.endsWith('\r') ? { content: line.slice(0, -1), end: '\r\n' } : { content: line, end: '\n' }
    }),
    ...(last ? [{ content: last, end: '' } as const] : []),
  ]
}

function joined(original: string, lines: readonly Line[]): string {
  const start = original.startsWith(byteOrderMark) ? byteOrderMark : ''
  return start + lines.map(line => line.content + line.end).join('')
}
