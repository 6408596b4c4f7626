/** The worker threads themselves, in their compiled form (`npm run build`). */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'rolldown'
import { afterEach, describe, expect, it } from 'vitest'
import { type Comparer, startComparer } from '../../../src/users/htpasswd/compare-threads.js'
import { createEntry } from '../../../src/users/htpasswd/edit.js'
import { parseHtpasswd } from '../../../src/users/htpasswd/parse.js'
import { createVerifier } from '../../../src/users/htpasswd/verifier.js'

const threadFile = new URL('../../../dist/users/htpasswd/compare-thread.js', import.meta.url)
const hash = createEntry('u', 'secret', { cost: 4 }).line.slice(2)
const slow = `$2y$19$${'.'.repeat(53)}`

const opened: Comparer[] = []
const start = (file = threadFile, threads = 1) => {
  const comparer = startComparer(file, threads)
  opened.push(comparer)
  return comparer
}
afterEach(async () => {
  await Promise.all(opened.splice(0).map(comparer => comparer.close()))
})

it('were built', () => {
  expect(existsSync(threadFile), 'run `npm run build` first').toBe(true)
})

describe('a thread', () => {
  it('compares', async () => {
    const comparer = start()
    expect(await comparer.compare({ password: 'secret', hash })).toBe('match')
    expect(await comparer.compare({ password: 'wrong', hash })).toBe('mismatch')
  })

  it('outlives a hash that cannot be compared', async () => {
    const comparer = start()
    const outcomes = ['$2x$05$nonsense', '', 'plain'].map(bad => comparer.compare({ password: 'secret', hash: bad }))
    expect(await Promise.all(outcomes)).toEqual(['failed', 'failed', 'failed'])
    expect(await comparer.compare({ password: 'secret', hash })).toBe('match')
  })

  it('compares more than there are threads', async () => {
    const comparer = start(threadFile, 2)
    const passwords = Array.from({ length: 40 }, (_, index) => (index % 3 === 0 ? 'secret' : `wrong${index}`))
    const outcomes = await Promise.all(passwords.map(password => comparer.compare({ password, hash })))
    expect(outcomes).toEqual(passwords.map(password => (password === 'secret' ? 'match' : 'mismatch')))
  })

  it.runIf(process.platform === 'linux')('has a lower priority than the event loop', async () => {
    const niceOf = (thread: string) =>
      readFileSync(`/proc/self/task/${thread}/stat`, 'utf8').split(') ')[1]?.split(' ')[16]
    await start().compare({ password: 'secret', hash })
    const values = readdirSync('/proc/self/task').map(niceOf)
    expect(values.filter(nice => nice === '10')).toHaveLength(1)
  })
})

describe('the end of the threads', () => {
  it('comes at once, and what was under way or waiting is rejected', async () => {
    const comparer = start()
    const logins = ['a', 'b', 'c'].map(password => comparer.compare({ password, hash: slow }))
    const ended = Promise.allSettled(logins)
    await comparer.close()
    expect((await ended).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
    await expect(comparer.compare({ password: 'a', hash })).rejects.toThrow('closed')
  })

  it('may be asked for twice', async () => {
    const comparer = start()
    await comparer.close()
    await comparer.close()
  })
})

describe('threads that cannot start', () => {
  it('reject what waits for them, with the reason, and may start later', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'threads-'))
    const file = join(folder, 'thread.mjs')
    const comparer = start(pathToFileURL(file))
    for (let round = 0; round < 3; round++) {
      const logins = ['a', 'b'].map(password => comparer.compare({ password, hash }))
      for (const result of await Promise.allSettled(logins)) {
        expect(result).toMatchObject({
          status: 'rejected',
          reason: { message: expect.stringContaining('Cannot find module') },
        })
      }
    }
    writeFileSync(file, `export default () => 'match'`)
    expect(await comparer.compare({ password: 'a', hash })).toBe('match')
    rmSync(folder, { recursive: true })
  })
})

describe('a verifier with threads', () => {
  it('lets in who is in the file, and nobody after close', async () => {
    const users = parseHtpasswd(`amy:${hash}\nbob:{PLAIN}b\n`, 'htpasswd')
    const verifier = createVerifier({
      threadFile,
      threads: 1,
      maxQueue: 4,
      maxRemembered: 4,
      randomKey: Buffer.alloc(32),
    })
    const logins = [
      verifier.verify(users, 'amy', 'secret'),
      verifier.verify(users, 'amy', 'b'),
      verifier.verify(users, 'bob', 'b'),
      verifier.verify(users, 'eve', 'secret'),
    ]
    expect(await Promise.all(logins)).toEqual([true, false, true, false])
    await verifier.close()
    await expect(verifier.verify(users, 'amy', 'other')).rejects.toMatchObject({ code: 'busy' })
  })
})

it('neither threads that are idle nor a watched file keep the process alive', async () => {
  // Where the packages are found.
  const folder = mkdtempSync(fileURLToPath(new URL('../../../node_modules/.threads-', import.meta.url)))
  const file = join(folder, 'htpasswd')
  writeFileSync(file, `amy:${hash}\n`)
  const source = (name: string) =>
    JSON.stringify(fileURLToPath(new URL(`../../../src/users/htpasswd/${name}`, import.meta.url)))
  const program = `
    import { createVerifier } from ${source('verifier.ts')}
    import { loadUsers } from ${source('load.ts')}
    import { watchUsers } from ${source('watch.ts')}
    const threadFile = new URL(${JSON.stringify(threadFile.href)})
    const verifier = createVerifier({ threadFile, threads: 2, maxQueue: 4, maxRemembered: 4, randomKey: Buffer.alloc(32) })
    const users = await loadUsers(${JSON.stringify(file)}, 'here')
    watchUsers(users.file, () => {}, { initial: users })
    console.log(await verifier.verify(users, 'amy', 'secret'))
  `
  writeFileSync(join(folder, 'program.js'), program)
  const input = join(folder, 'program.js')
  const built = join(folder, 'built.mjs')
  await build({ input, platform: 'node', external: /^[a-z]/, logLevel: 'silent', output: { file: built } })
  const run = spawnSync(process.execPath, [built], { encoding: 'utf8', timeout: 10_000 })
  rmSync(folder, { recursive: true })
  expect(run).toMatchObject({ status: 0, signal: null, stdout: 'true\n', stderr: '' })
})
