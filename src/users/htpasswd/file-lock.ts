/**
 * Lets one program after the other change a file: who could make the lock file has the turn, and removes it
 * afterwards. (decision W10)
 */

import { open, rm } from 'node:fs/promises'
import { performance } from 'node:perf_hooks'
import { setTimeout as pause } from 'node:timers/promises'
import { type Problem, ProblemsFound } from '../../errors/problem.js'
import { statFile } from '../../files/file-stamp.js'
import { systemCode } from '../../files/system-code.js'

/** The right to change the file. */
export interface HeldLock {
  /** Throws ProblemsFound when another program held this one for dead and took the turn: nothing may be changed now. */
  assertHeld(): Promise<void>
  /** To be called at the end, whatever happened. */
  giveBack(): Promise<void>
}

/** In milliseconds. */
export interface LockTimeouts {
  /** A turn takes some milliseconds; a lock file that stands this long was left behind by a program that died. */
  readonly staleMs: number
  /** A command that waits longer gives up. */
  readonly maxWaitMs: number
}

const defaultTimeouts: LockTimeouts = { staleMs: 5_000, maxWaitMs: 30_000 }

/**
 * Waits for the turn; null where this program can make no file. Throws ProblemsFound when the turn does not come, and other errors of
 * the system.
 */
export async function takeTurn(lockFile: string, timeouts: LockTimeouts = defaultTimeouts): Promise<HeldLock | null> {
  try {
    await waitForTurn(lockFile, timeouts)
  } catch (fault) {
    if (mayNotMakeFiles.has(systemCode(fault) ?? '')) return null
    throw fault
  }
  const own = await stampOf(lockFile)
  const held = async () => own !== null && (await stampOf(lockFile)) === own
  return {
    async assertHeld() {
      if (await held()) return
      const message = 'another command took the turn of this one, and nothing has changed'
      throw new ProblemsFound([{ where: lockFile, message, hint: 'run the command again' }])
    },
    async giveBack() {
      if (await held()) await rm(lockFile, { force: true })
    },
  }
}

const mayNotMakeFiles = new Set(['EACCES', 'EPERM', 'EROFS'])

async function waitForTurn(lockFile: string, { staleMs, maxWaitMs }: LockTimeouts): Promise<void> {
  const begin = performance.now()
  // By the own clock, from the first look: the file's time may come from a server's clock.
  let seen: { readonly stamp: string | null; readonly since: number } = { stamp: null, since: begin }
  while (!(await makeFile(lockFile))) {
    const stamp = await stampOf(lockFile)
    const now = performance.now()
    if (now - begin > maxWaitMs) throw new ProblemsFound([waitedInVain(lockFile)])
    if (stamp !== seen.stamp) seen = { stamp, since: now }
    else if (stamp !== null && now - seen.since >= staleMs) await removeStale(lockFile, stamp)
    await pause(5 + Math.random() * 20)
  }
}

/** One at a time, and only the same file: of two programs that found it stale, the second must not remove the lock of the first. */
async function removeStale(lockFile: string, stamp: string): Promise<void> {
  const marker = markerOf(lockFile)
  if (!(await makeFile(marker))) return
  try {
    if ((await stampOf(lockFile)) === stamp) await rm(lockFile, { force: true })
  } finally {
    await rm(marker, { force: true })
  }
}

/** False where it exists. */
async function makeFile(file: string): Promise<boolean> {
  try {
    await (await open(file, 'wx', 0o600)).close()
    return true
  } catch (fault) {
    if (systemCode(fault) === 'EEXIST') return false
    throw fault
  }
}

async function stampOf(file: string): Promise<string | null> {
  const fileState = await statFile(file)
  return 'stamp' in fileState ? fileState.stamp : null
}

const markerOf = (lockFile: string) => `${lockFile}.stale`

function waitedInVain(lockFile: string): Problem {
  return {
    where: lockFile,
    message: 'another command is changing the users file and does not end',
    hint: `if no such command is running, remove this file, and ${markerOf(lockFile)} if it is there`,
  }
}
