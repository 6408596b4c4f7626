/** One writer per upload, across all processes on this machine: a symbolic link whose target names the process that holds it. */

import { mkdir, readFile, readlink, rmdir, symlink, unlink } from 'node:fs/promises'
import { hostname } from 'node:os'
import { dirname } from 'node:path'
import { RequestError } from '../errors/request-error.js'
import { systemCode } from '../files/system-code.js'
import { makeFolder, unlessMissing } from './durable-file.js'

/**
 * @returns gives the lock back
 * @throws RequestError upload-busy when a living process holds it
 */
export async function lockUpload(path: string): Promise<() => Promise<void>> {
  const owner = await identityOf(process.pid)
  await makeFolder(dirname(path))
  if (!(await tryCreate(owner, path)) && !(await takeOver(owner, path))) throw new RequestError('upload-busy')
  return async () => {
    await unlessMissing(unlink(path))
  }
}

async function tryCreate(owner: string, path: string): Promise<boolean> {
  try {
    // Atomic, and the name of the owner is there from the first moment on.
    await symlink(owner, path)
    return true
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false
    throw error
  }
}

/** A process that was killed leaves its lock behind. A folder beside it makes sure that only one other takes it over. */
async function takeOver(owner: string, path: string): Promise<boolean> {
  const turn = `${path}.takeover`
  if (await isHeld(path)) return false
  try {
    await mkdir(turn)
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false
    throw error
  }
  try {
    // Only a link whose dead owner was seen is removed: without one, another request may have made its own since.
    const seen = await unlessMissing(readlink(path))
    if (seen !== null) {
      if (await isAlive(seen)) return false
      await unlessMissing(unlink(path))
    }
    return await tryCreate(owner, path)
  } finally {
    await rmdir(turn)
  }
}

/** Of another host, or of a container that is no more, nothing can be known: it counts as held until the upload is purged. */
async function isHeld(path: string): Promise<boolean> {
  const owner = await unlessMissing(readlink(path))
  return owner !== null && (await isAlive(owner))
}

async function isAlive(owner: string): Promise<boolean> {
  const [host, pid = ''] = owner.split('/')
  if (host !== hostname()) return true
  return /^[1-9]\d*$/.test(pid) && isRunning(Number(pid)) && (await identityOf(Number(pid))) === owner
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return systemCode(error) === 'EPERM'
  }
}

/** `host/pid/start`: a number is used again, above all in a container, but not with the same start (proc(5), stat, field 22). */
async function identityOf(pid: number): Promise<string> {
  const stat = await unlessMissing(readFile(`/proc/${pid}/stat`, 'utf8'))
  const start = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
  return `${hostname()}/${pid}/${start ?? 'unknown'}`
}
