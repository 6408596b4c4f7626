/** What the certificate commands print and how they end: test/cases/certificates/commands/*.txt. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { addCertsCommands, createCertsProgram } from '../../src/cli/certs.js'
import type { Terminal } from '../../src/cli/output.js'
import { runProgram } from '../../src/cli/run-program.js'

const cases = new URL('../cases/certificates/commands/', import.meta.url)
const started = process.cwd()
let folder: string
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'portcullis-certs-')))
  process.chdir(folder)
})
afterEach(() => {
  process.chdir(started)
  rmSync(folder, { recursive: true, force: true })
})

/** A line `$ command` and what it prints, on both streams, until the next one; `exit 1` where that is the exit code. */
describe('the certificate commands', () => {
  for (const name of readdirSync(cases)) {
    it(name.replace(/\.txt$/, '').replaceAll('-', ' '), async () => {
      const script = readFileSync(new URL(name, cases), 'utf8')
      let played = ''
      let now = new Date('2026-11-21T12:00:00Z')
      for (const line of script.split('\n').filter(one => one.startsWith('$ '))) {
        const words = line.slice(2).split(' ')
        played += `${line}\n`
        if (words[0] === 'date') now = new Date(words[1] ?? '')
        else played += await run(words, now)
      }
      expect(played).toBe(script)
    })
  }
})

async function run([program = '', ...args]: string[], now: Date): Promise<string> {
  if (program !== 'portcullis' && program !== 'create-certs') {
    return execFileSync(program, args, { encoding: 'utf8' })
  }
  let printed = ''
  const write = (text: string) => {
    printed += text
  }
  const terminal: Terminal = { out: write, err: write, outColour: false, errColour: false }
  const machine = () => ({ hostName: 'box', addresses: ['192.168.1.5'] })
  const context = { terminal, now: () => now, machine }
  let command = createCertsProgram(context)
  if (program === 'portcullis') {
    command = new Command('portcullis')
    addCertsCommands(command, context)
  }
  const code = await runProgram(command, ['node', program, ...args], terminal)
  if (code !== 0) printed += `exit ${code}\n`
  return printed
    .replace(/(?:[0-9A-F]{2}:){31}[0-9A-F]{2}/g, '(fingerprint)')
    .replace(/Portcullis [0-9a-f]{8}/g, 'Portcullis (random)')
}
