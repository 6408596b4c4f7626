/** Files that only we may read: whole or not at all. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { makePrivateFolder, removePrivateFile, writePrivateFile } from '../../src/files/private-file.js'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'portcullis-private-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const mode = (path: string) => (statSync(path).mode & 0o777).toString(8)

test('a file is for its owner alone, and nothing lies beside it', async () => {
  expect(await writePrivateFile(join(folder, 'a'), 'text')).toBe(true)
  expect(readFileSync(join(folder, 'a'), 'utf8')).toBe('text')
  expect(mode(join(folder, 'a'))).toBe('600')
  expect(readdirSync(folder)).toEqual(['a'])
})

test('a file that others may read has to be asked for', async () => {
  await writePrivateFile(join(folder, 'a'), 'text', { mode: 0o644 })
  expect(mode(join(folder, 'a'))).toBe('644')
})

test('another content takes the place and the rights of the one before', async () => {
  writeFileSync(join(folder, 'a'), 'before', { mode: 0o644 })
  await writePrivateFile(join(folder, 'a'), 'after')
  expect(readFileSync(join(folder, 'a'), 'utf8')).toBe('after')
  expect(mode(join(folder, 'a'))).toBe('600')
})

test('of many that make the same file, one has made it', async () => {
  const path = join(folder, 'a')
  const texts = Array.from({ length: 20 }, (_, index) => `text ${index}`)
  const made = await Promise.all(texts.map(text => writePrivateFile(path, text, { exclusive: true })))
  expect(texts.filter((_, index) => made[index])).toEqual([readFileSync(path, 'utf8')])
  expect(readdirSync(folder)).toEqual(['a'])
})

test('nothing is left behind where it fails', async () => {
  mkdirSync(join(folder, 'a'))
  await expect(writePrivateFile(join(folder, 'a'), 'text')).rejects.toMatchObject({ syscall: 'rename' })
  expect(readdirSync(folder)).toEqual(['a'])
})

test('removing says whether there was something', async () => {
  await writePrivateFile(join(folder, 'a'), 'text')
  expect(await removePrivateFile(join(folder, 'a'))).toBe(true)
  expect(await removePrivateFile(join(folder, 'a'))).toBe(false)
})

test('a folder is for its owner alone; those above it, and one that is there, stay as they are', async () => {
  mkdirSync(join(folder, 'old'), { mode: 0o755 })
  await makePrivateFolder(join(folder, 'old'))
  await makePrivateFolder(join(folder, 'new', 'inner'))
  expect(['old', 'new', 'new/inner'].map(path => mode(join(folder, path)))).toEqual(['755', '755', '700'])
})
