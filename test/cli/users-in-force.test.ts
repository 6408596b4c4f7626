/** What `users add` wrote is in force within a second, however it had to write it; the real watch and its real clock. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { loadUsers } from '../../src/users/htpasswd/load.js'
import type { Users } from '../../src/users/htpasswd/users.js'
import { type UsersWatch, watchUsers } from '../../src/users/htpasswd/watch.js'
import { bindFile, mayMount, unmountAll } from '../users/htpasswd/mounts.js'
import { addUser } from './users-in-process.js'

let folder: string
let source: string
let mounted: string
let watch: UsersWatch | null = null
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'portcullis-in-force-'))
  source = join(folder, 'source')
  mounted = join(folder, 'htpasswd')
  // Long enough that a new text over the old one, not yet cut, would show.
  writeFileSync(source, `amy:{PLAIN}a\n${'# a comment\n'.repeat(50)}`)
})
afterEach(() => {
  watch?.close()
  unmountAll()
  rmSync(folder, { recursive: true })
})

/** Milliseconds from the end of the command until the watch on `file` says who there is, and what it says. */
async function measure(file: string, command: () => Promise<number>): Promise<{ ms: number; names: string[] }> {
  const initial = await loadUsers(file, 'here')
  const changed = new Promise<Users>(resolve => {
    watch = watchUsers(file, resolve, { initial })
  })
  expect(await command()).toBe(0)
  const begin = performance.now()
  const users = await changed
  return { ms: performance.now() - begin, names: [...users.entries.keys()] }
}

/** The best of three: any of them may be held up by what else this machine does. */
async function expectWithinASecond(file: string, written: string): Promise<void> {
  const times: number[] = []
  for (const name of ['bob', 'carol', 'dave']) {
    const { ms, names } = await measure(file, () => addUser(name, written))
    expect(names).toContain(name)
    watch?.close()
    times.push(ms)
  }
  expect(Math.min(...times)).toBeLessThan(1000)
}

it('by rename', () => expectWithinASecond(source, source))

it.runIf(mayMount)('in place, in the container into which the file is mounted', async () => {
  bindFile(source, mounted)
  await expectWithinASecond(mounted, mounted)
})

it.runIf(mayMount)('in place, for another container into which the same file is mounted', async () => {
  bindFile(source, mounted)
  await expectWithinASecond(source, mounted)
})
