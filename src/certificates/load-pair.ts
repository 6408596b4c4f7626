/** Loads a certificate and its key from files, for TLS, and says what is wrong with them. */
import { readFile, stat } from 'node:fs/promises'
import { type Problem, ProblemsFound } from '../errors/problem.js'
import { readAnchor, type TrustAnchor } from './anchor.js'
import { type CheckedPair, checkPair } from './check-pair.js'
import { readProblem } from './file-problem.js'
import { problemAt, shellWord } from './place.js'

export interface LoadedPair extends CheckedPair {
  /** What clients must trust: see anchor.ts. A ca.pem beside the certificate is read for it. */
  readonly anchor: TrustAnchor | null
  /** What clients may stumble over; the pair is served all the same, as nginx does. */
  readonly warnings: readonly Problem[]
}

/**
 * Reads both files and checks them at the moment `now`. `where` is the place in the configuration that names them (`nginx.conf:7`,
 * `--cert`), null when the files themselves are the place. Throws ProblemsFound with everything that makes the pair unusable: files
 * missing or unreadable, anything but PEM, an encrypted key, the key of another certificate, what TLS itself refuses.
 */
export async function loadPair(
  certFile: string,
  keyFile: string,
  where: string | null,
  now: Date,
): Promise<LoadedPair> {
  const problems: Problem[] = []
  const cert = await readOrReport(certFile, where, problems)
  const key = await readOrReport(keyFile, where, problems)
  const result = checkPair({ certFile, cert, keyFile, key, where }, now)
  problems.push(...result.problems)
  if (result.pair === null || problems.length > 0) throw new ProblemsFound(problems)
  return {
    ...result.pair,
    anchor: await readAnchor(certFile, result.pair.cert),
    warnings: [...result.warnings, ...(await modeWarnings(keyFile, where))],
  }
}

async function readOrReport(file: string, where: string | null, problems: Problem[]): Promise<Buffer | null> {
  try {
    return await readFile(file)
  } catch (error) {
    problems.push(readProblem(error, file, where))
    return null
  }
}

/** Windows has no such bits. */
async function modeWarnings(keyFile: string, where: string | null): Promise<Problem[]> {
  if (process.platform === 'win32') return []
  const { mode } = await stat(keyFile)
  if ((mode & 0o007) === 0) return []
  return [problemAt(where, keyFile, 'can be read by every user of the machine', `chmod 600 ${shellWord(keyFile)}`)]
}
