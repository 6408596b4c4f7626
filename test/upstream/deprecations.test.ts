/** What is built prints no warning of Node's about what it is made of. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type FaultyBackend, startFaultyBackend } from '../end-to-end/parts/faulty-backend.js'
import { authorization, type Gate, startGate } from '../end-to-end/parts/gate.js'
import { send } from '../end-to-end/parts/load.js'

/** Every Node warns then, as Node 22 and later do by themselves. */
const preload = `
import util from 'node:util'
util._extend = (...args) => {
  process.emitWarning('util._extend is deprecated', 'DeprecationWarning', 'DEP0060')
  return Object.assign(...args)
}
`

let folder: string
let backend: FaultyBackend
let gate: Gate
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'portcullis-deprecations-'))
  backend = await startFaultyBackend()
})
afterEach(async () => {
  await gate.stop()
  await backend.close()
  rmSync(folder, { recursive: true, force: true })
})

it('a forwarded request calls nothing that is deprecated', async () => {
  const file = join(folder, 'preload.mjs')
  writeFileSync(file, preload)
  const environment = { NODE_OPTIONS: `--pending-deprecation --import=${pathToFileURL(file).href}` }
  gate = await startGate(backend.url, { environment, flags: ['--workers', '1'] })
  expect((await send({ port: gate.port, authorization }, 'GET', '/v2/')).status).toBe(200)
  expect(gate.log()).not.toMatch(/Warning|DEP\d+/)
})
