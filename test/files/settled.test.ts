/** Files that are read at once are waited for while somebody writes them. */
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { settled } from '../../src/files/settled.js'

let folder: string
let file: string
let writing: NodeJS.Timeout | undefined
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'portcullis-settled-'))
  file = join(folder, 'file')
  writeFileSync(file, '')
})
afterEach(() => {
  clearInterval(writing)
  rmSync(folder, { recursive: true })
})

/** A character every few milliseconds. */
function write(characters: number): void {
  let left = characters
  writing = setInterval(() => {
    appendFileSync(file, 'x')
    if (--left === 0) {
      clearInterval(writing)
      writing = undefined
    }
  }, 10)
}

it('until the last write, however long that takes', async () => {
  write(20)
  await settled([join(folder, 'none'), file], { settleMs: 1_000, timeoutMs: 60_000 })
  expect(writing).toBeUndefined()
})

it('but not for ever', async () => {
  write(Number.POSITIVE_INFINITY)
  await settled([file], { settleMs: 5_000, timeoutMs: 300 })
  expect(writing).toBeDefined()
})
