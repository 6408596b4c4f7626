/** No folder is made by Node's asynchronous recursive mkdir, which says ENOENT of a disk that is full or read-only. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const source = fileURLToPath(new URL('../../src', import.meta.url))
const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter(name => name.endsWith('.ts'))

it('src makes folders by files/make-folders.ts', () => {
  expect(files.length).toBeGreaterThan(100)
  const recursive = /\bmkdir\([^)]*\brecursive\b/
  expect(files.filter(name => recursive.test(readFileSync(join(source, name), 'utf8')))).toEqual([])
  expect(recursive.test('await mkdir(folder, { recursive: true, mode: 0o700 })')).toBe(true)
})
