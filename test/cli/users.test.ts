/** What the commands on users print, what they make of the file, and how they end: test/cases/users/*.txt. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Secret } from '../../src/errors/secret.js'
import { runUsers } from './users-in-process.js'

const cases = new URL('../cases/users/', import.meta.url)
const started = process.cwd()
let folder: string
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'portcullis-users-')))
  process.chdir(folder)
})
afterEach(() => {
  vi.unstubAllEnvs()
  process.chdir(started)
  rmSync(folder, { recursive: true, force: true })
})

/**
 * A line `$ command` and what it prints, on both streams, until the next one; `exit 1` where that is the exit code. A line `< text` is
 * typed by a person, who does not see it; only the script that is named so has a terminal.
 */
describe('the commands on users', () => {
  for (const name of readdirSync(cases)) {
    it(name.replace(/\.txt$/, '').replaceAll('-', ' '), async () => {
      const script = readFileSync(new URL(name, cases), 'utf8')
      let played = ''
      for (const part of script.split(/^(?=\$ )/m)) {
        const [line = '', ...rest] = part.split('\n')
        const typed = rest.filter(one => one.startsWith('< ')).map(one => one.slice(2))
        played += `${line}\n${await run(line.slice(2), name.startsWith('at-a-terminal') ? typed : null)}`
      }
      expect(played).toBe(script)
    })
  }
})

/** Either a shell command, or one of ours, into which a shell command may be piped. Hashes are masked. */
async function run(line: string, typed: string[] | null): Promise<string> {
  const [, source, file, args] = /^(?:(.*) \| )?(?:PORTCULLIS_HTPASSWD=(.*) )?portcullis (.*)$/.exec(line) ?? []
  if (args === undefined) return mask(shell(line))
  vi.stubEnv('PORTCULLIS_HTPASSWD', file ?? '')
  let printed = ''
  const print = (text: string) => {
    printed += text
  }
  const ask = async (question: string) => {
    const answer = typed?.shift() ?? ''
    print(`${question}\n< ${answer}\n`)
    return new Secret(answer)
  }
  const code = await runUsers(args.split(' '), {
    terminal: { out: print, err: print, outColour: false, errColour: false },
    input: {
      isTerminal: typed !== null,
      openPrompt: () => ({ ask, close: () => {} }),
      read: async () => Buffer.from(source === undefined ? '' : shell(source), 'latin1'),
    },
    randomPassword: () => 'abcde-fghij-kmnpq-rstuv',
  })
  return mask(code === 0 ? printed : `${printed}exit ${code}\n`)
}

/** What it prints, one character for each byte. */
function shell(command: string): string {
  const { stdout, stderr, status } = spawnSync('sh', ['-c', command], { encoding: 'latin1' })
  return status === 0 ? stdout : `${stdout}${stderr}exit ${status}\n`
}

const mask = (text: string) => text.replace(/(\$2y\$\d\d\$)[./A-Za-z0-9]{53}/g, '$1(hash)')
