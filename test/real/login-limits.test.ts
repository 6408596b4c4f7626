/** Two gates count wrong passwords in a real Redis, and each for itself while there is none. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Gate, startGate, user } from '../end-to-end/parts/gate.js'
import { clientAt, statuses, times } from '../end-to-end/parts/login-client.js'
import { eventually } from '../end-to-end/parts/settle.js'
import { require } from './parts/availability.js'

const here = require('redis-server', 'portcullis')
const secret = 'pass-phrase-of-redis'
const awayLine = 'Redis is out of reach'
const sharedLine = 'wrong passwords are counted in Redis'

/** A Redis on the port that it got first, without a disk. */
class Redis {
  port = 0
  private child: ChildProcess | null = null

  /** Asks for a free port by trying: Redis itself cannot. */
  async start(): Promise<void> {
    for (let attempt = 0; attempt < 20; attempt++) {
      const port = this.port === 0 ? 20_000 + Math.floor(Math.random() * 10_000) : this.port
      const flags = ['--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--requirepass', secret]
      const child = spawn('redis-server', ['--port', String(port), ...flags], { stdio: ['ignore', 'pipe', 'ignore'] })
      const said = await new Promise<string>(resolve => {
        let text = ''
        child.stdout.setEncoding('utf8').on('data', (more: string) => {
          text += more
          if (text.includes('Ready to accept connections')) resolve('ready')
        })
        child.once('exit', () => resolve('ended'))
      })
      if (said !== 'ready') continue
      this.child = child
      this.port = port
      return
    }
    throw new Error('no Redis could be started')
  }
  signal(signal: NodeJS.Signals): void {
    this.child?.kill(signal)
  }
  async stop(): Promise<void> {
    const child = this.child
    this.child = null
    if (child === null || child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
  }
  /** The answer to commands of its inline protocol. */
  async ask(...commands: readonly string[]): Promise<string> {
    const socket = connect(this.port, '127.0.0.1')
    let text = ''
    socket.setEncoding('utf8').on('data', (more: string) => {
      text += more
    })
    socket.write([`AUTH ${secret}`, ...commands, 'QUIT', ''].join('\r\n'))
    await once(socket, 'close')
    return text
  }
}

describe.runIf(here)('two gates with one Redis', () => {
  const redis = new Redis()
  let data = ''
  let gates: readonly Gate[] = []

  const start = (yaml: string) => startGate('embedded', { yaml, flags: ['--workers', '2', '--data', data] })
  const countOf = (gate: Gate, line: string) => gate.log().split(line).length - 1
  const guesses = async (gate: Gate, address: string, words: readonly string[]) => {
    const { login } = clientAt(gate.port, address)
    const answers = []
    for (const word of words) answers.push(await login(user.name, word))
    return statuses(answers)
  }
  const words = (prefix: string, count: number) => Array.from({ length: count }, (_, index) => `${prefix}-${index}`)
  const isShared = (gate: Gate, times: number) =>
    eventually(
      () => `not counted in Redis:\n${gate.log().slice(-2_000)}`,
      () => countOf(gate, sharedLine) === times,
    )

  beforeAll(() => redis.start())
  afterAll(() => redis.stop())
  beforeEach(async () => {
    await redis.ask('FLUSHALL')
    data = mkdtempSync(join(tmpdir(), 'portcullis-limits-'))
    writeFileSync(join(data, 'redis-password'), `${secret}\n`)
    const file = join(data, 'redis-password')
    const yaml = `login_limits: { redis: "redis://127.0.0.1:${redis.port}/1", redis_password_file: ${file} }\n`
    gates = [await start(yaml), await start(yaml)]
    for (const gate of gates) await isShared(gate, 1)
  })
  afterEach(async () => {
    await Promise.all(gates.map(gate => gate.stop()))
    rmSync(data, { recursive: true, force: true })
  })

  it('count together, and nobody finds a name, a password or an end of time in it', async () => {
    const [one, two] = gates
    if (one === undefined || two === undefined) throw new Error('two gates were started')
    expect(await guesses(one, '127.0.0.2', words('first', 6))).toEqual(times(6, 401))
    expect(await guesses(two, '127.0.0.2', ['first-0', ...words('second', 5)])).toEqual([...times(5, 401), 429])
    expect(await guesses(one, '127.0.0.2', [user.password])).toEqual([429])
    expect(await guesses(two, '127.0.0.3', [user.password])).toEqual([200])
    const keys = (await redis.ask('SELECT 1', 'KEYS *')).match(/portcullis:\S+/g) ?? []
    expect(keys.filter(key => key.startsWith('portcullis:logins:network:127.0.0.2'))).toHaveLength(1)
    expect(keys.join()).not.toMatch(/alice|first|second/)
    for (const key of keys) {
      const left = Number(/:(-?\d+)\r\n\+OK\r\n$/.exec(await redis.ask('SELECT 1', `TTL ${key}`))?.[1])
      expect(left, key).not.toBe(-1)
    }
    const logs = gates.map(gate => gate.log()).join()
    expect(logs).not.toContain(secret)
    expect(logs).not.toContain(awayLine)
  })

  it('check no more than the limit of guesses that come to both at the same time', async () => {
    const all = gates.flatMap(({ port }, index) =>
      words(`gate-${index}`, 25).map(word => clientAt(port, '127.0.0.2').login(user.name, word)),
    )
    const answers = statuses(await Promise.all(all))
    const checked = answers.filter(status => status === 401).length
    process.stdout.write(`50 guesses at once at two gates: ${checked} checked of 10 allowed\n`)
    expect(checked).toBeGreaterThan(0)
    expect(checked).toBeLessThanOrEqual(10)
    expect(answers.filter(status => status !== 401 && status !== 429 && status !== 503)).toEqual([])
  })

  it('count for themselves while Redis is away, say so once, and count together when it is back', async () => {
    const [one, two] = gates
    if (one === undefined || two === undefined) throw new Error('two gates were started')
    await redis.stop()
    for (const gate of gates)
      expect(await guesses(gate, '127.0.0.2', words('away', 12))).toEqual([...times(10, 401), 429, 429])
    for (const gate of gates)
      await eventually(
        () => gate.log(),
        () => countOf(gate, awayLine) === 1,
      )
    await redis.start()
    for (const gate of gates) await isShared(gate, 2)
    expect(await guesses(one, '127.0.0.3', words('back', 6))).toEqual(times(6, 401))
    expect(await guesses(two, '127.0.0.3', words('again', 5))).toEqual([...times(4, 401), 429])
    expect(gates.map(gate => countOf(gate, awayLine))).toEqual([1, 1])
  })

  it('let in whoever has logged in before Redis went away, whatever others guess there', async () => {
    const [one] = gates
    if (one === undefined) throw new Error('two gates were started')
    expect(await guesses(one, '127.0.0.2', [user.password])).toEqual([200])
    await redis.stop()
    try {
      expect(await guesses(one, '127.0.0.2', words('away', 12))).toEqual([...times(10, 401), 429, 429])
      // At both workers, of which one has not seen the login.
      const { login } = clientAt(one.port, '127.0.0.2')
      const answers = await Promise.all(Array.from({ length: 20 }, () => login(user.name, user.password)))
      expect(statuses(answers)).toEqual(times(20, 200))
    } finally {
      await redis.start()
    }
  })

  it('let no login hang on a Redis that does not answer, and find back to it', async () => {
    const [one] = gates
    if (one === undefined) throw new Error('two gates were started')
    redis.signal('SIGSTOP')
    try {
      const began = performance.now()
      expect(await guesses(one, '127.0.0.2', words('hanging', 3))).toEqual(times(3, 401))
      expect(await guesses(one, '127.0.0.2', [user.password])).toEqual([200])
      expect(performance.now() - began).toBeLessThan(10_000)
    } finally {
      redis.signal('SIGCONT')
    }
    await isShared(one, 2)
  })

  it('serve without it where its password is wrong, and say why', async () => {
    const file = join(data, 'wrong-password')
    writeFileSync(file, 'a wrong one\n')
    const third = await start(
      `login_limits: { redis: "redis://127.0.0.1:${redis.port}", redis_password_file: ${file} }\n`,
    )
    try {
      expect(await guesses(third, '127.0.0.2', [user.password])).toEqual([200])
      await eventually(
        () => third.log(),
        () => third.log().includes('WRONGPASS'),
      )
      expect(third.log()).not.toContain('a wrong one')
    } finally {
      await third.stop()
    }
  })
})
