/** The program itself: at a real terminal, several at the same time, and with every kind of standard input. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { matchesHash } from '../../src/users/htpasswd/hash-formats.js'
import { parseHtpasswd } from '../../src/users/htpasswd/parse.js'

const program = new URL('../../dist/main.js', import.meta.url).pathname
const terminalScript = new URL('terminal.py', import.meta.url).pathname

let folder: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'portcullis-users-'))
  file = join(folder, 'auth', 'htpasswd')
})
afterEach(() => rmSync(folder, { recursive: true }))

const users = () => parseHtpasswd(readFileSync(file, 'utf8'), file).entries
const hasPassword = (name: string, password: string) => matchesHash(password, users().get(name)?.hash ?? '')

/** A question that is awaited, and what is then typed. */
type Step = readonly [question: string, typed: string]

interface AtTerminal {
  /** Everything that appeared on the screen. */
  readonly screen: string
  /** The exit code, or the negative number of the signal. */
  readonly code: number
  /** Whether the terminal showed what was typed, at each step and at the end. */
  readonly echo: readonly boolean[]
}

function atTerminal(args: readonly string[], steps: readonly Step[]): AtTerminal {
  const command = [process.execPath, program, ...args]
  const { stdout, stderr, status } = spawnSync('python3', [terminalScript, JSON.stringify({ command, steps })], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
  })
  if (status !== 0) throw new Error(stderr)
  return JSON.parse(stdout)
}

const hasPython = spawnSync('python3', ['-c', 'import pty, termios']).status === 0
const add = ['users', 'add', 'amy', '--cost', '4']
const first = 'Password for amy: '
const again = 'Repeat the password: '

describe.runIf(hasPython)('at a terminal, what is typed is not shown', () => {
  it('and the terminal is as it was before', () => {
    const { screen, code, echo } = atTerminal(add, [
      [first, 'sesame\r'],
      [again, 'sesame\r'],
    ])
    expect(screen).toBe(`${first}\r\n${again}\r\nadded "amy" to auth/htpasswd\r\n`)
    expect(code).toBe(0)
    expect(echo).toEqual([false, false, true])
    expect(hasPassword('amy', 'sesame')).toBe(true)
  })

  it('and may be corrected, pasted at once and in any language', () => {
    const { code, screen } = atTerminal(add, [
      [first, 'wrong\x15pä ss\x7fs:ördx\x7f\rpä ss:ö'],
      [again, 'rd\r'],
    ])
    expect([code, screen]).toEqual([0, `${first}\r\n${again}\r\nadded "amy" to auth/htpasswd\r\n`])
    expect(hasPassword('amy', 'pä ss:örd')).toBe(true)
  })

  it('by verify', () => {
    atTerminal(add, [
      [first, 'sesame\r'],
      [again, 'sesame\r'],
    ])
    expect(atTerminal(['users', 'verify', 'amy'], [[first, 'sesame\r']])).toMatchObject({ code: 0 })
    const { code, screen } = atTerminal(['users', 'verify', 'amy'], [[first, 'simsim\r']])
    expect(code).toBe(1)
    expect(screen).not.toContain('simsim')
  })

  it.each([
    ['Ctrl-C ends the command by its signal', '\x03', -2, ''],
    ['Ctrl-D ends it as a mistake', '\x04', 1, 'error: password: none was typed\r\n'],
  ])('%s, and nothing is written', (_, key, code, says) => {
    const ended = atTerminal(add, [
      [first, 'sesame\r'],
      [again, key],
    ])
    expect(ended).toEqual({ screen: `${first}\r\n${again}\r\n${says}`, code, echo: [false, false, true] })
    expect(existsSync(file)).toBe(false)
  })
})

describe('without a terminal', () => {
  /** `input`: what comes through a pipe, or the number of an open file. */
  function run(args: readonly string[], input: string | number) {
    const { stdout, stderr, status } = spawnSync(process.execPath, [program, ...args], {
      cwd: folder,
      encoding: 'utf8',
      ...(typeof input === 'string' ? { input } : { stdio: [input, 'pipe', 'pipe'] }),
    })
    return { stdout, stderr, status }
  }

  it('the password comes through a pipe', () => {
    expect(run([...add, '--password-stdin'], 'sesame\n')).toEqual({
      stdout: 'added "amy" to auth/htpasswd\n',
      stderr: '',
      status: 0,
    })
    expect(hasPassword('amy', 'sesame')).toBe(true)
  })

  it('endless input is no password', () => {
    const endless = openSync('/dev/zero', 'r')
    const { stderr, status } = run([...add, '--password-stdin'], endless)
    closeSync(endless)
    expect([status, stderr]).toEqual([1, expect.stringContaining('more than 4096 bytes')])
  })

  it('a password that was made is alone on stdout', () => {
    const { stdout, stderr, status } = run([...add, '--random'], '')
    expect([status, stderr]).toEqual([0, 'added "amy" to auth/htpasswd\n'])
    expect(stdout).toMatch(/^(?:[a-z2-9]{5}-){3}[a-z2-9]{5}\n$/)
    expect(hasPassword('amy', stdout.trim())).toBe(true)
  })
})

it('several commands at the same time lose no user', async () => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f']
  const codes = names.map(async name => {
    const child = spawn(process.execPath, [program, 'users', 'add', name, '--random', '--cost', '4'], { cwd: folder })
    const [code] = await once(child, 'exit')
    return code
  })
  expect(await Promise.all(codes)).toEqual(names.map(() => 0))
  expect([...users().keys()].sort()).toEqual(names)
})

const nobody = { uid: 65534, gid: 65534 }
/** Root alone can run a program as another user, who has to be able to read it. */
const mayBeNobody =
  process.geteuid?.() === 0 &&
  spawnSync(process.execPath, ['-e', 'fs.accessSync(process.argv[1])', program], nobody).status === 0

describe.runIf(mayBeNobody)('where neither the folder of the users file nor the temporary folder takes a lock', () => {
  const before = 'amy:{PLAIN}a\n'
  let closed: string
  beforeEach(() => {
    chmodSync(folder, 0o755)
    mkdirSync(join(folder, 'auth'))
    writeFileSync(file, before)
    chownSync(file, nobody.uid, nobody.gid)
    closed = join(folder, 'tmp')
    mkdirSync(closed, { mode: 0o755 })
  })

  const run = async (args: readonly string[], temporary: string) => {
    const env = { PATH: process.env.PATH, TMPDIR: temporary }
    const child = spawn(process.execPath, [program, 'users', ...args], { ...nobody, cwd: folder, env })
    let said = ''
    child.stderr.on('data', text => {
      said += text
    })
    const [code] = await once(child, 'close')
    return { code, said }
  }

  it.each([
    ['a closed one', () => closed],
    ['one that does not exist', () => join(folder, 'missing')],
  ])('several additions at the same time say so and change nothing: %s', async (_, temporary) => {
    const names = ['bob', 'cat', 'dan', 'eve']
    const ends = await Promise.all(names.map(name => run(['add', name, '--random', '--cost', '4'], temporary())))
    for (const { code, said } of ends) {
      expect(said).toContain('auth/htpasswd: cannot be changed safely: no lock file can be made in its folder')
      expect(code).toBe(1)
    }
    expect(readFileSync(file, 'utf8')).toBe(before)
  })

  it('a removal says so and changes nothing', async () => {
    expect(await run(['remove', 'amy'], closed)).toMatchObject({ code: 1, said: expect.stringContaining('TMPDIR') })
    expect(readFileSync(file, 'utf8')).toBe(before)
  })

  it('a file that may not be written at all is refused for that', async () => {
    chownSync(file, 0, 0)
    chmodSync(file, 0o644)
    const { said } = await run(['remove', 'amy'], closed)
    expect(said).toContain('auth/htpasswd: may not be changed by this user')
  })
})
