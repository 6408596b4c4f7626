/** Loads a certificate and its key for TLS, and reports what is wrong with them. */
import { readFile, stat } from 'node:fs/promises'
import { type Problem, ProblemsFound } from '../errors/problem.js'
import { readAnchor, type TrustAnchor } from './anchor.js'
import { type CheckedPair, checkPair } from './check-pair.js'
import { readProblem } from './file-problem.js'
import { problemAt, shellWord } from './place.js'

export interface LoadedPair extends CheckedPair {
  /** The certificate that clients must trust: see anchor.ts. It may come from a ca.pem beside the certificate. */
  readonly anchor: TrustAnchor | null
  /** Problems that can affect clients. The pair is served anyway, as nginx does. */
  readonly warnings: readonly Problem[]
}

/**
 * Reads both files and checks them at the moment `now`. `where` is the place in the configuration that names them
 * (`nginx.conf:7`, `--cert`); null reports problems at the files themselves.
 * @throws ProblemsFound with every reason why the pair is unusable: missing or unreadable files, no PEM, an encrypted
 *   key, the key of another certificate, an error of TLS itself
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

/** Windows has no such mode bits. */
async function modeWarnings(keyFile: string, where: string | null): Promise<Problem[]> {
  if (process.platform === 'win32') return []
  const { mode } = await stat(keyFile)
  if ((mode & 0o007) === 0) return []
  return [problemAt(where, keyFile, 'can be read by every user of the machine', `chmod 600 ${shellWord(keyFile)}`)]
}
