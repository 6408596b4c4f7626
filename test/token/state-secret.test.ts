/** The secret that gates share. */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { statePaths } from '../../src/token/state-folder.js'
import { loadStateSecret } from '../../src/token/state-secret.js'

let data: string
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'portcullis-secret-'))
})
afterEach(() => rmSync(data, { recursive: true, force: true }))

test('is made once, for the owner alone', async () => {
  const made = await loadStateSecret(data, randomBytes)
  expect(made).toHaveLength(32)
  expect(await loadStateSecret(data, () => new Uint8Array(32))).toEqual(made)
  expect(statSync(statePaths(data).secret).mode & 0o777).toBe(0o600)
  expect(statSync(statePaths(data).folder).mode & 0o777).toBe(0o700)
})

test('is the same for gates that start at the same moment', async () => {
  const made = await Promise.all(Array.from({ length: 20 }, () => loadStateSecret(data, randomBytes)))
  expect(new Set(made.map(secret => Buffer.from(secret).toString('hex'))).size).toBe(1)
})

test.each(['', 'short', 'A'.repeat(100)])('is never made anew over a file with %j', async content => {
  await loadStateSecret(data, randomBytes)
  const { secret } = statePaths(data)
  writeFileSync(secret, content)
  await expect(loadStateSecret(data, randomBytes)).rejects.toMatchObject({
    problems: [{ where: secret, message: 'is damaged', hint: expect.stringContaining('remove it') }],
  })
  expect(readFileSync(secret, 'utf8')).toBe(content)
})

test('cannot be made where a file stands instead of the folder', async () => {
  writeFileSync(statePaths(data).folder, '')
  await expect(loadStateSecret(data, randomBytes)).rejects.toMatchObject({
    problems: [{ where: statePaths(data).secret }],
  })
})
