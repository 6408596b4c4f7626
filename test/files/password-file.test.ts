/** A file with a password of the gate's own: what is one, and what is said about the others. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ProblemsFound } from '../../src/errors/problem.js'
import { loadPassword } from '../../src/files/password-file.js'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'portcullis-password-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const write = (name: string, text: string, mode = 0o600): string => {
  const file = join(folder, name)
  writeFileSync(file, text)
  chmodSync(file, mode)
  return file
}

it.each([
  ['without a line end', 'secret', 'secret'],
  ['with one', 'secret\n', 'secret'],
  ['of Windows', 'secret\r\n', 'secret'],
  ['with a space within', 'a b\n', 'a b'],
  ['beyond ASCII', 'pässwörd\n', 'pässwörd'],
])('a password %s', async (name, text, expected) => {
  const { password, warnings } = await loadPassword(write(name, text), 'portcullis.yaml:4')
  expect(password.reveal()).toBe(expected)
  expect(warnings).toEqual([])
})

it.each([
  ['a blank before', ' a b\n', ' a b'],
  ['a blank behind', 'a b \n', 'a b '],
  ['the invisible character U+FEFF before', '\ufeffsecret\n', '\ufeffsecret'],
  ['the invisible character U+200B in', 'se\u200bcret', 'se\u200bcret'],
])('%s the password belongs to it, and is worth a warning', async (says, text, expected) => {
  const file = write('unseen', text)
  const { password, warnings } = await loadPassword(file, 'portcullis.yaml:4')
  expect(password.reveal()).toBe(expected)
  const message = `the password file "${file}" has ${says} the password, which belongs to it`
  expect(warnings).toEqual([{ where: 'portcullis.yaml:4', message, hint: 'delete it, unless the password has it' }])
})

it('that everybody may read is worth a warning', async () => {
  const file = write('open', 'secret\n', 0o644)
  const { password, warnings } = await loadPassword(file, 'portcullis.yaml:4')
  expect(password.reveal()).toBe('secret')
  expect(warnings).toEqual([
    {
      where: 'portcullis.yaml:4',
      message: `everybody on this machine may read the password file "${file}"`,
      hint: `chmod 600 ${file}`,
    },
  ])
})

describe('a file that holds none', () => {
  const trouble = async (file: string): Promise<string> => {
    try {
      await loadPassword(file, 'portcullis.yaml:4')
      return 'none'
    } catch (error) {
      if (!(error instanceof ProblemsFound)) throw error
      expect(JSON.stringify(error.problems)).not.toContain('hunter2')
      return error.problems.map(({ where, message }) => `${where}: ${message.replace(folder, '')}`).join('\n')
    }
  }
  const said = (name: string, what: string) => `portcullis.yaml:4: the password file "/${name}" ${what}`

  it.each([
    ['empty', '', 'is empty'],
    ['a-line-end', '\n', 'is empty'],
    ['two-lines', 'hunter2\nhunter2\n', 'holds more than one line of text'],
    ['bytes', 'hunter2\u0000', 'holds more than one line of text'],
    ['long', 'hunter2'.repeat(4_000), 'holds more than one line of text'],
  ])('%s', async (name, text, what) => expect(await trouble(write(name, text))).toBe(said(name, what)))

  it('is missing', async () => expect(await trouble(join(folder, 'no'))).toBe(said('no', 'does not exist')))

  it('is a folder', async () => {
    mkdirSync(join(folder, 'made-by-docker'))
    expect(await trouble(join(folder, 'made-by-docker'))).toBe(said('made-by-docker', 'is a folder'))
  })
})
