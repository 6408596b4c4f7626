/**
 * Lets the workers write to the embedded registry's folder where they are not the user that starts the gate.
 * (decision P6)
 */
import { chownSync, mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type Problem, ProblemsFound } from '../errors/problem.js'
import type { Account } from './drop-privileges.js'

/** What a push writes to. Only these: what else lies in the data folder stays the primary's. */
const written = ['docker', 'docker/registry', 'docker/registry/v2', 'docker/registry/v2/blobs'] as const

/**
 * Makes `storage`/docker and gives it to the workers, where it is not there yet. What is there already is never given away.
 * Nothing is done where there is no embedded registry, or where the workers are what the primary is (null).
 * @throws ProblemsFound naming the command that does, where the workers could not write to it
 */
export function ownStore(storage: string | null, account: Account | null): void {
  if (storage === null || account === null) return
  const docker = join(storage, 'docker')
  try {
    mkdirSync(storage, { recursive: true })
    if (makeFolder(docker)) chownSync(docker, account.uid, account.gid)
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    throw new ProblemsFound([
      { where: docker, message: `cannot be made (${reason})`, hint: ownership(storage, account) },
    ])
  }
  const problems: Problem[] = []
  for (const folder of [storage, ...written.map(path => join(storage, path))]) {
    const needs = folder === storage ? 0o1 : 0o3
    const lacking = (rightsOf(folder, account) & needs) !== needs
    if (lacking)
      problems.push({
        where: folder,
        message: `the workers run as user ${account.uid} and may not ${folder === storage ? 'enter' : 'write to'} it`,
        hint: folder === storage ? `chmod a+x ${storage}` : ownership(docker, account),
      })
  }
  const [first] = problems
  if (first !== undefined) throw new ProblemsFound([first])
}

const ownership = (folder: string, { uid, gid }: Account) =>
  `chown -R ${uid}:${gid} ${folder}, or let the workers stay root with PORTCULLIS_WORKER_USER=root`

/** @returns whether it was not there */
function makeFolder(path: string): boolean {
  try {
    mkdirSync(path)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}

/** The bits 4 (read), 2 (write) and 1 (enter) that apply to the account; all of them where nothing is there. */
function rightsOf(path: string, { uid, gid }: Account): number {
  const stats = statSync(path, { throwIfNoEntry: false })
  if (stats === undefined) return 0o7
  if (stats.uid === uid) return (stats.mode >> 6) & 0o7
  return (stats.gid === gid ? stats.mode >> 3 : stats.mode) & 0o7
}
