/** Changing the file on the disk: whole for every reader, nothing lost, and its owner, mode and links as they were. */
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { formatProblem, ProblemsFound } from '../../../src/errors/problem.js'
import { removeUserFromFile, setUserInFile } from '../../../src/users/htpasswd/edit-file.js'
import { parseHtpasswd } from '../../../src/users/htpasswd/parse.js'
import { asNobody } from './as-nobody.js'
import { bindFile, mayMount, mountTiny, unmountAll } from './mounts.js'

let folder: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'portcullis-edit-'))
  file = join(folder, 'htpasswd')
})
afterEach(() => {
  unmountAll()
  rmSync(folder, { recursive: true })
})

const asRoot = process.geteuid?.() === 0
const bob = 'bob:{PLAIN}b'
const text = () => readFileSync(file, 'utf8')
const modeOf = (path: string) => (statSync(path).mode & 0o7777).toString(8)

async function refusal(action: () => Promise<unknown>): Promise<string> {
  try {
    await action()
  } catch (error) {
    if (error instanceof ProblemsFound) return error.problems.map(problem => formatProblem(problem)).join('\n')
    throw error
  }
  return 'none'
}

describe('a new file', () => {
  it('is made with its folders, for its owner alone', async () => {
    file = join(folder, 'a', 'b', 'htpasswd')
    expect(await setUserInFile(file, 'bob', bob)).toMatchObject({ existed: false, way: 'renamed' })
    expect(text()).toBe(`${bob}\n`)
    expect(modeOf(file)).toBe('600')
    expect(readdirSync(join(folder, 'a', 'b'))).toEqual(['htpasswd'])
  })
})

describe('an existing file', () => {
  beforeEach(() => writeFileSync(file, '# people\namy:{PLAIN}a\n'))

  it('is replaced, and keeps its mode', async () => {
    chmodSync(file, 0o640)
    const { ino } = statSync(file)
    expect(await setUserInFile(file, 'bob', bob)).toMatchObject({ existed: false, way: 'renamed' })
    expect(text()).toBe(`# people\namy:{PLAIN}a\n${bob}\n`)
    expect(statSync(file).ino).not.toBe(ino)
    expect(modeOf(file)).toBe('640')
    expect(readdirSync(folder)).toEqual(['htpasswd'])
  })

  it.runIf(asRoot)('keeps its owner', async () => {
    chownSync(file, 1234, 2345)
    expect(await removeUserFromFile(file, 'amy')).toMatchObject({ existed: true, way: 'renamed' })
    const { uid, gid } = statSync(file)
    expect([uid, gid]).toEqual([1234, 2345])
  })

  it('is not touched where nothing changes', async () => {
    const before = statSync(file)
    expect(await removeUserFromFile(file, 'bob')).toMatchObject({ existed: false, way: null })
    expect(statSync(file)).toMatchObject({ ino: before.ino, mtimeMs: before.mtimeMs })
  })

  it('in UTF-16 becomes UTF-8, which nginx reads', async () => {
    writeFileSync(file, Buffer.from('\uFEFFämy:{PLAIN}a\r\n', 'utf16le'))
    await setUserInFile(file, 'bob', bob)
    expect(text()).toBe(`ämy:{PLAIN}a\r\n${bob}\r\n`)
  })
})

describe('many at the same time', () => {
  it('lose nobody, and a reader always sees whole lines', async () => {
    const names = Array.from({ length: 40 }, (_, number) => `user${number}`)
    const pending = Promise.all(names.map(name => setUserInFile(file, name, `${name}:{PLAIN}${'x'.repeat(200)}`)))
    let over = false
    let seen = 0
    const reading = (async () => {
      while (!over) {
        const { entries, problems } = parseHtpasswd(existsSync(file) ? text() : '', file)
        expect(problems).toEqual([])
        expect(entries.size).toBeGreaterThanOrEqual(seen)
        seen = entries.size
        await new Promise(setImmediate)
      }
    })()
    await pending
    over = true
    await reading
    expect([...parseHtpasswd(text(), file).entries.keys()].sort()).toEqual([...names].sort())
    expect(readdirSync(folder)).toEqual(['htpasswd'])
  })
})

describe.runIf(asRoot)('a file of ours in a folder of somebody else', () => {
  beforeEach(() => {
    writeFileSync(file, 'amy:{PLAIN}a\nbob:{PLAIN}bb\n')
    chownSync(file, 65534, 65534)
  })

  it('is written in place', async () => {
    const { ino } = statSync(file)
    const edited = await asNobody(folder, () => removeUserFromFile(file, 'amy'))
    expect(edited).toMatchObject({ existed: true, way: 'in-place' })
    expect(text()).toBe('bob:{PLAIN}bb\n')
    expect(statSync(file).ino).toBe(ino)
    expect(readdirSync(folder)).toEqual(['htpasswd'])
  })

  it('loses nobody of many at the same time', async () => {
    const names = Array.from({ length: 20 }, (_, number) => `user${number}`)
    await asNobody(folder, () => Promise.all(names.map(name => setUserInFile(file, name, `${name}:{PLAIN}x`))))
    expect(parseHtpasswd(text(), file).entries.size).toBe(22)
  })
})

describe.runIf(asRoot)('a file of somebody else', () => {
  beforeEach(() => writeFileSync(file, 'amy:{PLAIN}a\n', { mode: 0o644 }))

  it('that we may not write is refused and stays', async () => {
    expect(await asNobody(folder, () => refusal(() => setUserInFile(file, 'bob', bob)))).toBe(
      `error: ${file}: may not be changed by this user\nhint:  run the command as its owner, or with sudo`,
    )
    expect(text()).toBe('amy:{PLAIN}a\n')
    expect(readdirSync(folder)).toEqual(['htpasswd'])
  })

  it('that we may write, in a folder of ours, keeps its owner', async () => {
    chmodSync(file, 0o666)
    chownSync(folder, 65534, 65534)
    expect(await asNobody(folder, () => setUserInFile(file, 'bob', bob))).toMatchObject({ way: 'in-place' })
    expect(statSync(file).uid).toBe(0)
    expect(text()).toBe(`amy:{PLAIN}a\n${bob}\n`)
    expect(readdirSync(folder)).toEqual(['htpasswd'])
  })
})

describe.runIf(mayMount)('a single file that is mounted, as into a container', () => {
  let source: string
  beforeEach(() => {
    source = join(folder, 'source')
    writeFileSync(source, 'amy:{PLAIN}a\ncat:{PLAIN}c\n')
  })

  it('is written in place, so that the source has the change, too', async () => {
    bindFile(source, file)
    expect(await setUserInFile(file, 'bob', bob)).toMatchObject({ existed: false, way: 'in-place' })
    expect(await removeUserFromFile(file, 'amy')).toMatchObject({ existed: true, way: 'in-place' })
    expect(readFileSync(source, 'utf8')).toBe(`cat:{PLAIN}c\n${bob}\n`)
    expect(readdirSync(folder).sort()).toEqual(['htpasswd', 'source'])
  })

  it('read-only is refused', async () => {
    bindFile(source, file, { readOnly: true })
    expect(await refusal(() => setUserInFile(file, 'bob', bob))).toBe(
      `error: ${file}: is mounted read-only here\nhint:  change it where it comes from`,
    )
    expect(readdirSync(folder).sort()).toEqual(['htpasswd', 'source'])
  })

  it('from a full disk is as it was before', async () => {
    const disk = join(folder, 'disk')
    mkdirSync(disk)
    mountTiny(disk, 1)
    source = join(disk, 'source')
    const before = `amy:{PLAIN}a\n#${'-'.repeat(4070)}\n`
    writeFileSync(source, before)
    bindFile(source, file)
    expect(await refusal(() => setUserInFile(file, 'bob', `bob:{PLAIN}${'b'.repeat(60)}`))).toContain(
      'the disk is full',
    )
    expect(text()).toBe(before)
  })
})

it.runIf(mayMount)('a file on a full disk is as it was before', async () => {
  mkdirSync(join(folder, 'disk'))
  mountTiny(join(folder, 'disk'), 1)
  file = join(folder, 'disk', 'htpasswd')
  writeFileSync(file, 'amy:{PLAIN}a\n')
  expect(await refusal(() => setUserInFile(file, 'bob', bob))).toContain('the disk is full')
  expect(text()).toBe('amy:{PLAIN}a\n')
  expect(readdirSync(join(folder, 'disk'))).toEqual(['htpasswd'])
})
