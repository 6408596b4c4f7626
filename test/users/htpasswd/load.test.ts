/** The users file at the start, in every state it can be in. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { formatProblem, ProblemsFound } from '../../../src/errors/problem.js'
import { loadUsers } from '../../../src/users/htpasswd/load.js'
import { asNobody } from './as-nobody.js'

let folder: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'htpasswd-'))
  file = join(folder, 'htpasswd')
})
afterEach(() => rmSync(folder, { recursive: true }))

async function refusal(): Promise<string> {
  try {
    await loadUsers(file, 'nginx.conf:14')
  } catch (error) {
    if (error instanceof ProblemsFound) return error.problems.map(problem => formatProblem(problem)).join('\n')
    throw error
  }
  return 'none'
}

describe('a file with users', () => {
  it('gives them, and the lines that let nobody in', async () => {
    writeFileSync(file, 'amy:{PLAIN}a\nbob:b\n')
    const { entries, problems, ...rest } = await loadUsers(file, 'nginx.conf:14')
    expect([...entries.values()]).toEqual([{ name: 'amy', hash: '{PLAIN}a', line: 1 }])
    expect(problems.map(({ where }) => where)).toEqual([`${file}:2`])
    expect(rest).toEqual({ file, openLine: null })
  })

  it.each([
    ['a byte order mark', Buffer.from('\uFEFFamy:{PLAIN}a\r\n')],
    ['UTF-16, as Windows PowerShell redirects output', Buffer.from('\uFEFFamy:{PLAIN}a\r\n', 'utf16le')],
    ['UTF-16 of the other byte order', Buffer.from('\uFEFFamy:{PLAIN}a\r\n', 'utf16le').swap16()],
    ['a last line without its end', Buffer.from('amy:{PLAIN}a')],
  ])('is read with %s', async (_, bytes) => {
    writeFileSync(file, bytes)
    const { entries, problems } = await loadUsers(file, 'here')
    expect(entries.get('amy')).toEqual({ name: 'amy', hash: '{PLAIN}a', line: 1 })
    expect(problems).toEqual([])
  })

  it('keeps apart names whose bytes are no UTF-8', async () => {
    writeFileSync(file, Buffer.from([0x61, 0xff, ...Buffer.from(':{PLAIN}a\namy:{PLAIN}a\n')]))
    const { entries, problems } = await loadUsers(file, 'here')
    expect([...entries.keys()]).toEqual(['amy'])
    expect(problems[0]?.message).toContain('UTF-8')
  })
})

describe('a file that lets nobody in', () => {
  const createIt = () =>
    `hint:  create it with: portcullis users add admin --htpasswd ${file}, ` +
    `or: docker run --rm --entrypoint htpasswd httpd:2 -Bbn admin secret > ${file}`

  it('missing', async () => {
    expect(await refusal()).toBe(`error: nginx.conf:14: the users file "${file}" does not exist\n${createIt()}`)
  })

  it('a link to nothing', async () => {
    symlinkSync(join(folder, 'nothing'), file)
    expect(await refusal()).toContain('is a link to something that does not exist')
  })

  it('a folder, as docker makes one for a missing file that is mounted', async () => {
    mkdirSync(file)
    expect(await refusal()).toContain('is a folder\nhint:  docker makes a folder where a mounted file does not exist')
  })

  it('below something that is no folder', async () => {
    writeFileSync(file, 'amy:{PLAIN}a\n')
    file = join(file, 'htpasswd')
    expect(await refusal()).toContain('cannot be read (ENOTDIR)')
  })

  it('unreadable', async () => {
    writeFileSync(file, 'amy:{PLAIN}a\n')
    chmodSync(file, 0)
    expect(await asNobody(folder, refusal)).toContain(
      'may not be read by this process\nhint:  let the user of this process read it',
    )
  })

  it('empty', async () => {
    writeFileSync(file, '')
    expect(await refusal()).toBe(
      `error: nginx.conf:14: the users file "${file}" has no usable user, so nobody could log in\n${createIt()}`,
    )
  })

  it('without a usable line: says why of each', async () => {
    writeFileSync(file, '# people\namy:secret\nbob:M5D2ih4JCTWnE\n')
    expect(await refusal()).toBe(
      [
        `error: nginx.conf:14: the users file "${file}" has no usable user, so nobody could log in`,
        createIt(),
        `error: ${file}:2: user "amy" has a password that is not hashed`,
        `hint:  write the line anew with: portcullis users add amy --htpasswd ${file}`,
        `error: ${file}:3: user "bob" has a DES crypt hash (or a plain password), which is not supported`,
        `hint:  write the line anew with: portcullis users add bob --htpasswd ${file}`,
      ].join('\n'),
    )
  })
})
