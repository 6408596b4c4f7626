/** Blanks and invisible characters in an htpasswd file: the start, a change, `check` and `users add` each say what nobody sees. */
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import bcrypt from 'bcryptjs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { basic, type Gate, startGate } from './parts/gate.js'
import { eventually } from './parts/settle.js'
import { ask, untilEverywhere } from './parts/token-client.js'

const program = fileURLToPath(new URL('../../dist/main.js', import.meta.url))
const hash = bcrypt.hashSync('pass-phrase', 4)

const lines: readonly (readonly [string, string])[] = [
  [`  admin:${hash}`, 'has a blank before the name, which belongs to it: "admin" is another user'],
  [`trail :${hash}`, 'has a blank behind the name'],
  [`\u00a0nbsp:${hash}`, 'has the invisible character U+00A0 before the name'],
  [`\ufeffbom:${hash}`, 'has the invisible character U+FEFF before the name'],
  [`zero\u200bwidth:${hash}`, 'has the invisible character U+200B in the name'],
  [`\ttab:${hash}`, 'contains a control character: a tab'],
  [`behind:${hash}  `, 'has a blank behind the hash, which lets nobody in'],
  [`before: ${hash}`, 'has a blank before the hash, which lets nobody in'],
  [`tabbed:${hash}\t`, 'has a tab behind the hash'],
  [`windows:${hash} \r`, 'has a blank behind the hash'],
  [`hidden:${hash}\u200b`, 'has the invisible character U+200B behind the hash'],
]

function run(args: readonly string[], input = ''): Promise<{ code: number; output: string }> {
  return new Promise(resolve => {
    const child = execFile(process.execPath, [program, ...args], (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, output: `${stdout}${stderr}` }),
    )
    child.stdin?.end(input)
  })
}

let gate: Gate
let file: string
let known: string
beforeAll(async () => {
  gate = await startGate('embedded', { flags: ['--workers', '1'] })
  file = join(gate.folder, 'htpasswd')
  known = readFileSync(file, 'utf8')
})
afterAll(() => gate?.stop())

const flags = () => {
  const certs = join(gate.folder, 'certs')
  const pair = ['--cert', join(certs, 'cert.pem'), '--key', join(certs, 'key.pem')]
  return ['--backend', 'http://127.0.0.1:1', '--htpasswd', file, ...pair]
}

describe.each(lines)('the line %j', (line, says) => {
  it('is named with its cause by a gate that sees the change, and by check', async () => {
    writeFileSync(file, `\ufeff${known}${line}\n`)
    const warnings = () =>
      gate
        .log()
        .split('\n')
        .filter(text => text.startsWith('{'))
        .map(text => JSON.parse(text))
        .filter(({ level, where, msg }) => level === 'warn' && where === `${file}:2` && msg.includes(says))
    await eventually(
      () => gate.log(),
      () => warnings().length > 0,
    )
    expect(JSON.stringify(warnings())).not.toContain(hash)
    const { code, output } = await run(['check', ...flags()])
    expect(code).toBe(0)
    expect(output).toContain('ok: the configuration is valid')
    expect(output).toContain(says)
  })
})

it('who can log in stays as nginx has it', async () => {
  writeFileSync(file, `${known}  admin:${hash}\nbehind:${hash} \n`)
  const status = (name: string) =>
    ask(gate.port, 'GET', '/v2/', { authorization: basic(name, 'pass-phrase') }).then(answer => answer.status)
  await untilEverywhere(
    () => ask(gate.port, 'GET', '/v2/', { authorization: basic('  admin', 'pass-phrase') }),
    answer => answer.status === 200,
  )
  expect([await status('admin'), await status('behind')]).toEqual([401, 401])
})

it('a gate names the cause at its start', async () => {
  writeFileSync(file, `${known}  admin:${hash}\n`)
  const { code, output } = await run(['check', ...flags()])
  expect([code, output.match(/warning: .*has a blank before the name/g)?.length]).toEqual([0, 1])
  await gate.stop()
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-invisible-'))
  const users = join(folder, 'htpasswd')
  writeFileSync(users, `  admin:${hash}\n`)
  gate = await startGate('embedded', { flags: ['--workers', '1', '--htpasswd', users] })
  expect(gate.log()).toContain('has a blank before the name')
  rmSync(folder, { recursive: true, force: true })
})
