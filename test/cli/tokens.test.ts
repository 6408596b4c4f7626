/** What the commands on tokens print, which files they leave, and how they end: test/cases/tokens/*.txt. */
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Command } from 'commander'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { runProgram } from '../../src/cli/run-program.js'
import { addTokensCommands } from '../../src/cli/tokens.js'
import { makePrivateFolder } from '../../src/files/private-file.js'
import { keepIdentityTokens } from '../../src/token/identity-files.js'
import { makeIdentityToken } from '../../src/token/identity-token.js'

const cases = new URL('../cases/tokens/', import.meta.url)
const started = process.cwd()
const start = Date.UTC(2026, 0, 5, 12)
let folder: string
let now: number
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'portcullis-tokens-')))
  process.chdir(folder)
  now = start
})
afterEach(() => {
  vi.unstubAllEnvs()
  process.chdir(started)
  rmSync(folder, { recursive: true, force: true })
})

/**
 * A line `$ portcullis ...` and what it prints, on both streams, until the next one; `exit 1` where that is the exit code. Other
 * commands of these scripts are the words of `set`.
 */
describe('the commands on tokens', () => {
  for (const name of readdirSync(cases)) {
    it(name.replace(/\.txt$/, '').replaceAll('-', ' '), async () => {
      const script = readFileSync(new URL(name, cases), 'utf8')
      let played = ''
      for (const part of script.split(/^(?=\$ )/m)) {
        const [line = ''] = part.split('\n')
        played += `${line}\n${await play(line.slice(2))}`
      }
      expect(played).toBe(script)
    })
  }
})

async function play(line: string): Promise<string> {
  const [, folderName, args] = /^(?:PORTCULLIS_DATA=(\S*) )?portcullis (.*)$/.exec(line) ?? []
  if (args === undefined) return set(line.split(' '))
  vi.stubEnv('PORTCULLIS_DATA', folderName ?? '')
  let printed = ''
  const print = (text: string) => {
    printed += text
  }
  const terminal = { out: print, err: print, outColour: false, errColour: false }
  const program = new Command('portcullis')
  addTokensCommands(program, { terminal, now: () => now, random: bytes => new Uint8Array(bytes) })
  const code = await runProgram(program, ['node', 'portcullis', ...args.split(' ')], terminal)
  return code === 0 ? printed : `${printed}exit ${code}\n`
}

async function set([word = '', ...rest]: readonly string[]): Promise<string> {
  const [first = '', user = '', client = ''] = rest
  if (word === 'ls') return `${readdirSync(first).sort().join('\n')}\n`
  if (word === 'certificates') return `${readFileSync(first, 'utf8').split('BEGIN CERTIFICATE').length - 1}\n`
  if (word === 'write') {
    await makePrivateFolder(dirname(first))
    writeFileSync(first, `${rest.slice(1).join(' ')}\n`)
  } else if (word === 'later') now += Number(first) * 1000
  else if (word === 'token') {
    // Each id is one digit, repeated.
    const random = (bytes: number) => new Uint8Array(bytes).fill(Number(`0x${first}${first}`))
    const { record } = makeIdentityToken({ user, client, entry: 'x', now, random, secret: random(32) })
    const kept = await keepIdentityTokens({
      dataFolder: 'data',
      onChange: () => {},
      onProblems: () => {},
      onDisplaced: () => {},
    })
    await kept.add(record)
    kept.close()
  } else if (word === 'use') {
    const file = `data/portcullis/identity-tokens/${first.repeat(16)}.json`
    utimesSync(file, now / 1_000, now / 1_000)
  } else throw new Error(`no such word: ${word}`)
  return ''
}
