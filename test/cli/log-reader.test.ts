/** The gate goes on where nobody can read its log any more: as nginx does, and without losing a request. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { eventually } from '../end-to-end/parts/settle.js'
import { portcullisMain } from './command-case.js'
import { type Program, serve, status } from './serve-program.js'
import { onTerminal } from './terminal.js'

let folder: string
let gate: Program
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'portcullis-log-reader-'))
})
afterEach(() => {
  gate.child.kill('SIGKILL')
  rmSync(folder, { recursive: true })
})

const flags = ['--listen', '127.0.0.1:0', '--backend', 'embedded', '--workers', '1']

/** Each of them makes the worker write lines: that of the request, and of SIGHUP the primary. */
async function expectItServes() {
  const ca = readFileSync(join(folder, 'certs/cert.pem'), 'utf8')
  for (let time = 0; time < 5; time++) {
    expect((await status(gate.port(), '/v2/', ca)).status).toBe(401)
    gate.child.kill('SIGHUP')
  }
  expect((await gate.end('SIGTERM')).code).toBe(0)
}

it('a reader that ended, as in `portcullis serve 2>&1 | head`', async () => {
  gate = serve(folder, flags)
  await gate.printed('listening on')
  gate.child.stderr?.destroy()
  await expectItServes()
})

it.runIf(existsSync('/dev/full'))('a full disk', async () => {
  const command = [process.execPath, portcullisMain, 'serve', ...flags].map(word => `'${word}'`).join(' ')
  gate = serve(folder, [], { command: ['sh', '-c', `exec ${command} 2> /dev/full`] })
  await gate.printed('listening on')
  await expectItServes()
})

it.runIf(existsSync('/dev/full'))('a full disk for what it says of its addresses', async () => {
  const command = [process.execPath, portcullisMain, 'serve', ...flags].map(word => `'${word}'`).join(' ')
  gate = serve(folder, [], { command: ['sh', '-c', `exec ${command} > /dev/full`] })
  await gate.printed('docker login')
  expect((await gate.end('SIGTERM')).code).toBe(0)
})

it.runIf(onTerminal !== null)('whoever closes the window in which it runs has ended it', async () => {
  const command = onTerminal?.([process.execPath, portcullisMain, 'serve', ...flags]) ?? ['false']
  gate = serve(folder, [], { command })
  await gate.printed('docker login')
  const ca = readFileSync(join(folder, 'certs/cert.pem'), 'utf8')
  gate.child.kill('SIGKILL')
  await eventually(
    () => 'it still answers',
    () =>
      status(gate.port(), '/v2/', ca).then(
        () => false,
        () => true,
      ),
  )
})
