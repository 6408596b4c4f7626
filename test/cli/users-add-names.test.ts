/** Names that `portcullis users add` refuses because nobody could see what they are. */
import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, it } from 'vitest'

const program = fileURLToPath(new URL('../../dist/main.js', import.meta.url))

let folder: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'portcullis-names-'))
  file = join(folder, 'htpasswd')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const add = (name: string): Promise<{ code: number; output: string }> =>
  new Promise(resolve => {
    const args = [program, 'users', 'add', name, '--htpasswd', file, '--random', '--cost', '4']
    execFile(process.execPath, args, (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, output: `${stdout}${stderr}` }),
    )
  })

it.each([
  [' lead', 'has a blank before the name'],
  ['trail ', 'has a blank behind the name'],
  ['\u00a0nbsp', 'has the invisible character U+00A0 before the name'],
  ['bom\ufeff', 'has the invisible character U+FEFF behind the name'],
  ['tab\t', 'contains a control character: a tab'],
])('%j is refused with the cause, and nothing is written', async (name, says) => {
  expect(await add(name)).toEqual({ code: 1, output: expect.stringContaining(says) })
  expect(existsSync(file)).toBe(false)
})

it.each([
  ['zero\u200bwidth', 'has the invisible character U+200B in the name'],
  ['no\u00a0break', 'has the invisible character U+00A0 in the name'],
])('%j is warned of', async (name, says) => {
  expect(await add(name)).toEqual({ code: 0, output: expect.stringContaining(says) })
})

it('a blank within a name is one like any other character', async () => {
  const { code, output } = await add('amy lee')
  expect([code, output.includes('warning')]).toEqual([0, false])
})
