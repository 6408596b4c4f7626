/** The first start: what it makes, what it leaves alone, what it shows to whom, and how it ends. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { portcullisMain } from './command-case.js'
import { commandFixtures } from './command-fixtures.js'
import { type Program, serve, status } from './serve-program.js'
import { terminatedAt } from './signal-at.js'
import { onTerminal } from './terminal.js'

const fixtures = await commandFixtures()
const anyPort = ['--listen', '127.0.0.1:0', '--workers', '1']
/** Signals and Ctrl-C have to end all of them. */
const severalWorkers = ['--listen', '127.0.0.1:0', '--workers', '2']
let folder: string
const running: Program[] = []
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'portcullis-first-'))
})
afterEach(async () => {
  for (const program of running.splice(0)) {
    if (program.child.exitCode === null && program.child.signalCode === null) await program.end('SIGTERM')
  }
  rmSync(folder, { recursive: true, force: true })
})

function start(flags: readonly string[] = anyPort, options: Parameters<typeof serve>[2] = {}): Program {
  const program = serve(folder, flags, options)
  running.push(program)
  return program
}

/** The last line that a first start prints. */
const lastLine = /docker pull registry\.local:\d+\/hello-world/

const read = (path: string) => readFileSync(join(folder, path), 'utf8')

function write(path: string, content: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), content, { mode: 0o600 })
}

/** Every file below the folder with its mode, as `path 600`. */
function files(): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(path => statSync(join(folder, path)).isFile())
    .map(path => `${path} ${(statSync(join(folder, path)).mode & 0o777).toString(8)}`)
    .sort()
}

/** Every file with its content and time of change. */
function state(): string[] {
  return files().map(line => {
    const path = line.replace(/ \d+$/, '')
    return `${line} ${statSync(join(folder, path)).mtimeMs} ${read(path)}`
  })
}

describe('in an empty folder', () => {
  it('makes a certificate, a user and a place for the registry, and proves that they work', async () => {
    const program = start()
    await program.printed(lastLine)
    expect(program.stdout()).toMatch(/^listening on https:\/\/127\.0\.0\.1:\d+\n$/)
    expect(program.stderr()).toContain(`
self-test through its own TLS port:
  ok  a wrong password is refused
  ok  login as admin
  ok  push of a tiny image
  ok  pull of it, byte for byte
`)
    expect(files()).toEqual(['auth/htpasswd 600', 'certs/cert.pem 644', 'certs/key.pem 600', 'data/first-password 600'])
    const login = { name: 'admin', password: read('data/first-password').trim() }
    const ca = read('certs/cert.pem')
    expect(await status(program.port(), '/v2/', ca)).toMatchObject({ status: 401 })
    expect(await status(program.port(), '/v2/', ca, login)).toMatchObject({ status: 200 })
    expect(await status(program.port(), '/v2/_catalog', ca, login)).toMatchObject({ body: '{"repositories":[]}\n' })
  })

  it('proves the same with tokens where it asks for them', async () => {
    write('portcullis.yaml', 'token: {}\n')
    const program = start()
    await program.printed(lastLine)
    expect(program.stderr()).toContain('  ok  pull of it, byte for byte\n')
    expect(program.stderr()).toContain('"action":"token"')
    expect(program.stderr()).not.toContain('eyJ')
    expect(files().filter(line => line.startsWith('data/portcullis'))).toEqual([
      'data/portcullis/secret 600',
      'data/portcullis/token-keys/certificates.pem 644',
      'data/portcullis/token-keys/key-1.json 600',
    ])
  })

  it('tells a log where the password is, and never the password', async () => {
    const program = start()
    await program.printed(lastLine)
    await program.end('SIGTERM')
    const password = read('data/first-password').trim()
    expect(password.length).toBeGreaterThanOrEqual(16)
    expect(program.stderr()).toContain('password     in data/first-password\n')
    expect(program.stderr()).toContain('docker login -u admin --password-stdin localhost:')
    expect(program.stdout() + program.stderr()).not.toContain(password)
    const encoded = Buffer.from(`admin:${password}`).toString('base64')
    expect(program.stdout() + program.stderr()).not.toContain(encoded)
  })

  it('uses no colour where no person is watching', async () => {
    const program = start([...anyPort, '--log-format', 'pretty'])
    await program.printed(lastLine)
    await program.end('SIGTERM')
    expect(program.stdout() + program.stderr()).not.toContain('\u001b')
  })

  it('measures the time to the first answer', async () => {
    const began = performance.now()
    const program = start()
    await program.printed('listening on ')
    const listening = performance.now() - began
    await status(program.port(), '/v2/', read('certs/cert.pem'))
    const answered = performance.now() - began
    process.stdout.write(
      `first start: listening after ${listening.toFixed(0)} ms, first answer after ${answered.toFixed(0)} ms\n`,
    )
    await program.end('SIGTERM')
    const again = performance.now()
    const second = start()
    await second.printed('listening on ')
    process.stdout.write(`second start: listening after ${(performance.now() - again).toFixed(0)} ms\n`)
    expect(second.port()).toBeGreaterThan(0)
  })
})

describe('on a terminal', () => {
  it.runIf(onTerminal !== null)(
    'shows the password once, in colour only where that is wanted, and ends with Ctrl-C',
    async () => {
      const command = [process.execPath, portcullisMain, 'serve', ...severalWorkers]
      const program = start([], { command: onTerminal?.(command) ?? ['false'], env: { TERM: 'xterm' } })
      await program.printed(lastLine)
      const seen = program.stdout()
      const password = / password {5}(\S+) {3}\(it is not shown again\)/.exec(seen)?.[1] ?? ''
      expect(password).toMatch(/^[a-z0-9-]{16,}$/)
      expect(seen.split(password).length - 1).toBe(1)
      expect(seen).toContain('docker login -u admin localhost:')
      expect(seen).toContain('\u001b[36minfo')
      expect(existsSync(join(folder, 'data/first-password'))).toBe(false)
      const login = { name: 'admin', password }
      expect(await status(program.port(), '/v2/', read('certs/cert.pem'), login)).toMatchObject({ status: 200 })
      expect((await program.end('Ctrl-C')).code).toBe(0)

      const second = start([], { command: onTerminal?.(command) ?? ['false'], env: { TERM: 'xterm', NO_COLOR: '1' } })
      await second.printed('listening on ')
      await status(second.port(), '/v2/', read('certs/cert.pem'))
      await second.printed('status=401')
      expect(second.stdout()).not.toContain('password')
      expect(second.stdout()).not.toContain('\u001b')
      expect((await second.end('Ctrl-C')).code).toBe(0)
    },
  )
})

describe('a second start', () => {
  it('prints the address alone, and changes nothing', async () => {
    const first = start()
    await first.printed(lastLine)
    await first.end('SIGTERM')
    const before = state()
    const second = start()
    await second.printed('listening on ')
    const login = { name: 'admin', password: read('data/first-password').trim() }
    expect(await status(second.port(), '/v2/', read('certs/cert.pem'), login)).toMatchObject({ status: 200 })
    await second.end('SIGTERM')
    expect(second.stdout()).toMatch(/^listening on https:\/\/127\.0\.0\.1:\d+\n$/)
    expect(second.stderr()).not.toMatch(/made for the first start|password|docker/)
    expect(state()).toEqual(before)
  })
})

describe('what exists is never touched', () => {
  it.each<[string, Readonly<Record<string, string>>, readonly string[]]>([
    [
      'a certificate',
      { 'certs/cert.pem': 'a certificate', 'certs/key.pem': 'its key' },
      ['auth/htpasswd', 'certs/cert.pem', 'certs/key.pem', 'data/first-password'],
    ],
    ['users', { 'auth/htpasswd': 'alice' }, ['auth/htpasswd', 'certs/cert.pem', 'certs/key.pem']],
    [
      'data',
      { 'data/docker/registry/v2/repositories/team/app/note': 'nothing' },
      [
        'auth/htpasswd',
        'certs/cert.pem',
        'certs/key.pem',
        'data/docker/registry/v2/repositories/team/app/note',
        'data/first-password',
      ],
    ],
  ])('only %s there: the rest is made', async (_what, given, there) => {
    for (const [path, name] of Object.entries(given)) write(path, fixtures.get(name) ?? '')
    const before = state()
    const program = start()
    await program.printed(lastLine)
    await program.end('SIGTERM')
    expect(files().map(line => line.replace(/ \d+$/, ''))).toEqual(there)
    expect(state()).toEqual(expect.arrayContaining(before))
  })

  it('whose users are not ours is asked for a name', async () => {
    write('auth/htpasswd', fixtures.get('alice') ?? '')
    const program = start()
    await program.printed(lastLine)
    expect(program.stderr()).toContain('\n  docker login localhost:')
    expect(program.stderr()).not.toContain('admin')
  })
})

describe('a file that was named is never made', () => {
  it.each<[string, readonly string[]]>([
    ['users', ['--htpasswd', 'users']],
    ['a certificate', ['--cert', 'server.pem', '--key', 'server.key']],
  ])('%s', async (_what, flags) => {
    const program = start([...anyPort, ...flags])
    const ended = await program.printed('listening on ').catch(() => 'ended')
    expect(ended).toBe('ended')
    expect(program.child.exitCode).toBe(1)
    expect(files()).toEqual([])
  })
})

describe('a signal', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('%s ends an idle gate at once, with exit code 0', async signal => {
    const program = start(severalWorkers)
    await program.printed(lastLine)
    await status(program.port(), '/v2/', read('certs/cert.pem'))
    const { code, milliseconds } = await program.end(signal)
    expect(code).toBe(0)
    process.stdout.write(`${signal}: an idle gate ended after ${milliseconds.toFixed(0)} ms\n`)
    // Shorter than any pause that a connection may get (server/connections.ts), and long for a busy machine.
    expect(milliseconds).toBeLessThan(2_000)
  })

  it.each(['listening on ', '"method":"POST"', '"method":"PUT"'])(
    'in the middle of the proof (after %j) leaves nothing of it behind',
    async moment => {
      const program = start(severalWorkers, { env: terminatedAt(moment) })
      expect(await program.ended).toBe(0)
      expect(program.stdout() + program.stderr()).toContain(moment)
      expect(files().map(line => line.replace(/ \d+$/, ''))).toEqual([
        'auth/htpasswd',
        'certs/cert.pem',
        'certs/key.pem',
        'data/first-password',
      ])
      expect(program.stderr()).not.toContain('docker login')
    },
  )
})
