/** `certs trust` names the port of the gate that this folder configures: commands with another one would trust nothing. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createInFolder } from '../../src/certificates/create-in-folder.js'
import { portcullisMain } from './command-case.js'

const root = mkdtempSync(join(tmpdir(), 'portcullis-gate-port-'))
const certs = join(root, 'certs')
beforeAll(async () => {
  const names = { hosts: ['registry.local', 'localhost'], addresses: [] }
  const now = new Date()
  await createInFolder({ folder: certs, names, algorithm: 'ecdsa', days: 2, authority: false, force: false, now })
})
afterAll(() => rmSync(root, { recursive: true }))

function trust(yaml: string | null, environment: Readonly<Record<string, string>>, ...flags: string[]): string {
  const folder = mkdtempSync(join(root, 'here-'))
  if (yaml === 'a folder') mkdirSync(join(folder, 'portcullis.yaml'))
  else if (yaml !== null) writeFileSync(join(folder, 'portcullis.yaml'), yaml)
  const args = [portcullisMain, 'certs', 'trust', '--certs', certs, '--client', 'docker', ...flags]
  const env = { PATH: process.env.PATH, ...environment }
  return execFileSync(process.execPath, args, { cwd: folder, env, encoding: 'utf8' })
}

it.each<[yaml: string | null, environment: Record<string, string>, flags: string[], expected: string]>([
  [null, {}, [], 'registry.local:5000'],
  ['listen: 8443\n', {}, [], 'registry.local:8443'],
  ['listen: 0.0.0.0:443\n', {}, [], 'registry.local'],
  ['listen: 127.0.0.1:0\n', {}, [], 'registry.local:5000'],
  ['listen: nowhere\n', {}, [], 'registry.local:5000'],
  ['listen: [\n', {}, [], 'registry.local:5000'],
  ['backend: embedded\n', {}, [], 'registry.local:5000'],
  ['a folder', {}, [], 'registry.local:5000'],
  ['listen: 8443\n', { PORTCULLIS_LISTEN: '[::]:9443' }, [], 'registry.local:9443'],
  ['listen: 8443\n', {}, ['--host', 'reg.example'], 'reg.example:8443'],
  ['listen: 8443\n', {}, ['--host', 'reg.example:7443'], 'reg.example:7443'],
])('%j %j %j -> %s', (yaml, environment, flags, expected) => {
  expect(trust(yaml, environment, ...flags)).toContain(`/etc/docker/certs.d/${expected}/ca.crt`)
})
