/** The switch as it lies on the disk: whatever stands under its name counts, and what of its text is told. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Problem } from '../../src/errors/problem.js'
import type { SwitchedReadOnly } from '../../src/observe/events.js'
import { watchReadOnly } from '../../src/server/primary/watch-read-only.js'
import {
  lookAtReadOnly,
  readOnlyFile,
  reasonIn,
  removeReadOnly,
  writeReadOnly,
} from '../../src/server/read-only-file.js'
import { eventually } from '../end-to-end/parts/settle.js'

let data: string
let file: string
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'portcullis-read-only-'))
  file = readOnlyFile(data)
})
afterEach(() => rmSync(data, { recursive: true, force: true }))
const makeFolder = () => mkdirSync(dirname(file), { recursive: true })

describe('the reason in a text is', () => {
  it.each<[string, string, string | null]>([
    ['its line', 'maintenance until 10:30\n', 'maintenance until 10:30'],
    ['without blanks around it', '  maintenance  \r\n', 'maintenance'],
    ['the first line that says something', '\n \nfirst\nsecond\n', 'first'],
    ['without what a terminal would obey', 'a\u001b[31mred\u0007\tb\u202e', 'a [31mred b'],
    ['in any language', 'Aufräumen 整理', 'Aufräumen 整理'],
    ['shortened', 'x'.repeat(500), 'x'.repeat(200)],
    ['never cut within a character', '🧹'.repeat(300), '🧹'.repeat(200)],
    ['nothing of an empty file', '', null],
    ['nothing of blank lines', ' \n\t\n', null],
  ])('%s', (_title, text, reason) => {
    expect(reasonIn(text)).toBe(reason)
  })
})

describe('the switch is', () => {
  it('off where neither file nor folder is there', async () => {
    expect(await lookAtReadOnly(file)).toEqual({ kind: 'off' })
    makeFolder()
    expect(await lookAtReadOnly(file)).toEqual({ kind: 'off' })
  })

  it.each<[string, () => void, string | null]>([
    ['an empty file', () => writeFileSync(file, ''), null],
    ['a text', () => writeFileSync(file, 'why\n'), 'why'],
    ['a large text', () => writeFileSync(file, `${'long '.repeat(100_000)}\n`), `${'long '.repeat(40)}`.trimEnd()],
    ['a folder', () => mkdirSync(file), null],
    ['a link to nothing', () => symlinkSync('nowhere', file), null],
    ['a pipe that nobody writes to', () => execFileSync('mkfifo', [file]), null],
  ])('on by %s', async (_title, make, reason) => {
    makeFolder()
    make()
    expect(await lookAtReadOnly(file)).toMatchObject({ kind: 'on', reason, owner: process.getuid?.() })
  })

  it('unknown where the way to it is broken', async () => {
    symlinkSync('portcullis', dirname(file))
    expect(await lookAtReadOnly(file)).toEqual({ kind: 'unknown', error: 'ELOOP' })
  })
})

describe('the commands', () => {
  it('make the file and its folder, give another reason, and take the file away', async () => {
    await writeReadOnly(data, 'first')
    expect(statSync(dirname(file)).mode & 0o777).toBe(0o700)
    await writeReadOnly(data, 'second')
    expect(await lookAtReadOnly(file)).toMatchObject({ kind: 'on', reason: 'second' })
    expect(readdirSync(dirname(file))).toEqual(['read-only'])
    expect(await removeReadOnly(data)).toBe(true)
    expect(await removeReadOnly(data)).toBe(false)
    expect(await lookAtReadOnly(file)).toEqual({ kind: 'off' })
  })

  it.runIf(process.getuid?.() === 0)('typed by root, leave the folder to whose the data folder is', async () => {
    execFileSync('chown', ['1234:1234', data])
    await writeReadOnly(data, null)
    expect(statSync(dirname(file))).toMatchObject({ uid: 1234, gid: 1234 })
  })
})

describe('a gate that watches it', () => {
  let watch: { close(): void } | null = null
  afterEach(() => watch?.close())

  async function start() {
    const changes: (string | null)[] = []
    const problems: Problem[] = []
    watch = await watchReadOnly(file, {
      onChange: (now: SwitchedReadOnly | null) => changes.push(now === null ? null : (now.reason ?? 'on')),
      onError: problem => problems.push(problem),
      intervalMs: 5,
    })
    const until = (expected: readonly (string | null)[]) =>
      eventually(
        () => JSON.stringify(changes),
        () => changes.length >= expected.length,
      ).then(() => expect(changes).toEqual(expected))
    return { changes, problems, until }
  }

  it('knows at once that it is on', async () => {
    await writeReadOnly(data, 'from the start')
    expect((await start()).changes).toEqual(['from the start'])
  })

  it('sees it come, however it is made, get another reason, and go', async () => {
    const { changes, problems, until } = await start()
    expect(changes).toEqual([])
    makeFolder()
    writeFileSync(file, '')
    await until(['on'])
    await writeReadOnly(data, 'a reason')
    await until(['on', 'a reason'])
    rmSync(dirname(file), { recursive: true })
    await until(['on', 'a reason', null])
    await writeReadOnly(data, null)
    await until(['on', 'a reason', null, 'on'])
    expect(problems).toEqual([])
  })

  it('that may not look stays as it is, and says so once', async () => {
    await writeReadOnly(data, 'a reason')
    const { changes, problems, until } = await start()
    rmSync(dirname(file), { recursive: true })
    symlinkSync('portcullis', dirname(file))
    await eventually(
      () => JSON.stringify({ changes, problems }),
      () => problems.length > 0 || changes.length > 1,
    )
    rmSync(dirname(file))
    await writeReadOnly(data, 'another')
    await until(changes.includes(null) ? ['a reason', null, 'another'] : ['a reason', 'another'])
    expect(problems).toMatchObject([{ where: file, message: expect.stringContaining('(ELOOP)') }])
  })

  it('that may not look when it starts lets nobody push', async () => {
    symlinkSync('portcullis', dirname(file))
    const { changes, problems, until } = await start()
    expect(changes).toEqual(['on'])
    expect(problems).toMatchObject([{ message: expect.stringContaining('stays read-only') }])
    rmSync(dirname(file))
    await until(['on', null])
  })
})
