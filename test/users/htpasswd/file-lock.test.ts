/** One after the other, even when somebody died while it was his turn. */
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ProblemsFound } from '../../../src/errors/problem.js'
import { type HeldLock, type LockTimeouts, takeTurn } from '../../../src/users/htpasswd/file-lock.js'
import { asNobody } from './as-nobody.js'

let folder: string
let lock: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'portcullis-lock-'))
  lock = join(folder, '.htpasswd.lock')
})
afterEach(() => rmSync(folder, { recursive: true }))

const timeouts: LockTimeouts = { staleMs: 500, maxWaitMs: 10_000 }

async function turn(given: LockTimeouts = timeouts): Promise<HeldLock> {
  const taken = await takeTurn(lock, given)
  if (taken === null) throw new Error('no lock file could be made')
  return taken
}

/** Lets `count` programs take a turn, and tells how many had it at the same time at most. */
async function maxAtOnce(count: number): Promise<number> {
  let now = 0
  let most = 0
  const one = async () => {
    const own = await turn()
    most = Math.max(most, ++now)
    await pause(2)
    await own.assertHeld()
    now--
    await own.giveBack()
  }
  await Promise.all(Array.from({ length: count }, one))
  return most
}

describe('a turn', () => {
  it('is had by one at a time, and leaves nothing behind', async () => {
    expect(await maxAtOnce(20)).toBe(1)
    expect(readdirSync(folder)).toEqual([])
  })

  it('is had by one at a time also after somebody who died', async () => {
    writeFileSync(lock, '')
    expect(await maxAtOnce(20)).toBe(1)
    expect(readdirSync(folder)).toEqual([])
  })
})

describe('who waits in vain', () => {
  it('is told which file to remove', async () => {
    writeFileSync(lock, '')
    const waiting = takeTurn(lock, { staleMs: 60_000, maxWaitMs: 50 })
    await expect(waiting).rejects.toThrow(ProblemsFound)
    await expect(waiting).rejects.toThrow(lock)
    expect(existsSync(lock)).toBe(true)
  })

  it('also where somebody died while he removed a stale one', async () => {
    writeFileSync(lock, '')
    writeFileSync(`${lock}.stale`, '')
    await expect(takeTurn(lock, { staleMs: 10, maxWaitMs: 100 })).rejects.toThrow(ProblemsFound)
  })
})

it('whose turn was taken by another may change nothing, and leaves the turn of the other alone', async () => {
  const own = await turn()
  rmSync(lock)
  const other = await turn()
  await expect(own.assertHeld()).rejects.toThrow('nothing has changed')
  await own.giveBack()
  await other.assertHeld()
  await other.giveBack()
  expect(readdirSync(folder)).toEqual([])
})

it('there is none in a folder in which we may make no file', async () => {
  chmodSync(folder, 0o555)
  expect(await asNobody(folder, () => takeTurn(lock, timeouts))).toBeNull()
  chmodSync(folder, 0o755)
})
