/**
 * Installs a trusted certificate where clients look for it, and removes it again. It never replaces or removes anything
 * else.
 */
import { X509Certificate } from 'node:crypto'
import type { Stats } from 'node:fs'
import { chmod, lstat, readFile, rm, rmdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type Problem, ProblemsFound } from '../errors/problem.js'
import { makeFolders } from '../files/make-folders.js'
import { writeProblem } from './file-problem.js'
import { isCertificate, pemBlocks } from './pem.js'
import { shellWord } from './place.js'
import { copyCommand } from './trust-places.js'
import { writeCertificates } from './write.js'

export interface Installation {
  /** The certificate, PEM. */
  readonly pem: string
  /** The source file, for commands that a person can run instead. */
  readonly file: string
  /** The target paths. */
  readonly paths: readonly string[]
  /** Whether the folder of each path exists only for this file, so that it is removed when it is empty. */
  readonly ownFolders: boolean
  /** A command that the same person must run afterwards; null without one. */
  readonly followUp: string | null
}

export interface Outcome {
  readonly path: string
  readonly done: 'installed' | 'replaced' | 'there already' | 'removed' | 'not there'
}

/**
 * Writes the certificate to every path with mode 0644 and creates missing folders. It replaces only certificates that
 * this program created.
 * @throws ProblemsFound before any write, for each path with other content; and for system errors
 */
export async function installTrust({ pem, file, paths, followUp }: Installation): Promise<readonly Outcome[]> {
  const problems: Problem[] = []
  const outcomes: Outcome[] = []
  for (const path of paths) {
    const found = await look(path, pem)
    if (found === 'unreadable' || found === 'foreign') problems.push(foreignProblem(path, found))
    else
      outcomes.push({ path, done: found === 'same' ? 'there already' : found === 'older' ? 'replaced' : 'installed' })
  }
  if (problems.length > 0) throw new ProblemsFound(problems)
  const wanted = outcomes.filter(({ done }) => done !== 'there already').map(({ path }) => path)
  const byHand = (path: string, problem: Problem) => ({
    ...problem,
    hint: byHandHint(copyCommand(file, path), followUp),
  })
  const refused = await Promise.all(
    wanted.map(async path => {
      const error = await makeFolder(dirname(path)).catch((reason: unknown) => reason)
      return error === undefined ? [] : [byHand(path, writeProblem(error, path))]
    }),
  )
  if (refused.flat().length > 0) throw new ProblemsFound(refused.flat())
  try {
    await writeCertificates(
      wanted.map(path => ({ path, content: pem })),
      true,
    )
  } catch (error) {
    if (!(error instanceof ProblemsFound)) throw error
    throw new ProblemsFound(error.problems.map(problem => byHand(problem.where, problem)))
  }
  return outcomes
}

/**
 * Removes exactly this certificate from every path.
 * @throws ProblemsFound before any removal, for each path with other content; and for system errors
 */
export async function removeTrust({ pem, paths, ownFolders, followUp }: Installation): Promise<readonly Outcome[]> {
  const problems: Problem[] = []
  const outcomes: Outcome[] = []
  for (const path of paths) {
    const found = await look(path, pem)
    if (found === 'same' || found === 'nothing')
      outcomes.push({ path, done: found === 'same' ? 'removed' : 'not there' })
    else problems.push(otherProblem(path, found))
  }
  if (problems.length > 0) throw new ProblemsFound(problems)
  for (const { path, done } of outcomes) {
    if (done === 'not there') continue
    await rm(path).catch(error => {
      const message = `cannot be removed: ${reasonOf(error)}`
      problems.push({ where: path, message, hint: byHandHint(`sudo rm ${shellWord(path)}`, followUp) })
    })
    // rmdir fails on a folder that is not empty, which then stays.
    if (ownFolders) await rmdir(dirname(path)).catch(() => undefined)
  }
  if (problems.length > 0) throw new ProblemsFound(problems)
  return outcomes
}

function byHandHint(command: string, followUp: string | null): string {
  return `run: ${[command, ...(followUp === null ? [] : [`sudo ${followUp}`])].join(' && ')}`
}

type Found = 'nothing' | 'same' | 'older' | 'foreign' | 'unreadable'

async function look(path: string, pem: string): Promise<Found> {
  let stats: Stats
  let text: string
  try {
    stats = await lstat(path)
    text = stats.isFile() ? await readFile(path, 'utf8') : ''
  } catch (error) {
    const code = reasonOf(error)
    return code === 'ENOENT' || code === 'ENOTDIR' ? 'nothing' : 'unreadable'
  }
  const blocks = pemBlocks(text)
  const [only] = blocks
  if (only === undefined || blocks.length > 1 || !isCertificate(only)) return 'foreign'
  try {
    const certificate = new X509Certificate(only.text)
    if (certificate.fingerprint256 === new X509Certificate(pem).fingerprint256) return 'same'
    return isOurs(certificate) ? 'older' : 'foreign'
  } catch {
    return 'foreign'
  }
}

/** Whether this program created the certificate: only create.ts writes such an organization. */
function isOurs({ subject, issuer }: X509Certificate): boolean {
  return subject === issuer && /^O=Portcullis [0-9a-f]{8}$/m.test(subject)
}

function foreignProblem(path: string, found: 'foreign' | 'unreadable'): Problem {
  if (found === 'unreadable') return unreadable(path)
  const message = 'exists already and holds something else, which is left as it is'
  return { where: path, message, hint: `if it is not needed: sudo rm ${shellWord(path)}` }
}

function otherProblem(path: string, found: Found): Problem {
  if (found === 'unreadable') return unreadable(path)
  const message = 'holds another certificate than this one, and is left as it is'
  return { where: path, message, hint: `if it is not needed: sudo rm ${shellWord(path)}` }
}

function unreadable(path: string): Problem {
  return { where: path, message: 'cannot be read: permission denied', hint: 'run the same command as root' }
}

function reasonOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error)
}

/**
 * The folder is readable for all users regardless of the umask, like with `install -D`: clients run as their own users.
 */
async function makeFolder(folder: string): Promise<void> {
  for (const made of await makeFolders(folder)) await chmod(made, 0o755)
}
