/** The registry is made read-only while it is in use: pushes and deletes wait, everything else goes on, in every process. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { removeReadOnly, writeReadOnly } from '../../src/server/read-only-file.js'
import { type FaultyBackend, startFaultyBackend } from './parts/faulty-backend.js'
import { authorization, basic, type Gate, type GateOptions, startGate, user } from './parts/gate.js'
import { type Answer, connectRaw, exchange, header, request } from './parts/raw-client.js'
import { eventually } from './parts/settle.js'

const program = fileURLToPath(new URL('../../dist/main.js', import.meta.url))
const manifest = '/v2/team/app/manifests/1.0'
const upload = '/v2/team/app/blobs/uploads/0a1b'

let backend: FaultyBackend
/** Of both gates: one that asks for Basic from the beginning, and one that asks for tokens and is started later. */
let data: string
let gate: Gate
beforeAll(async () => {
  data = mkdtempSync(join(tmpdir(), 'portcullis-data-'))
  backend = await startFaultyBackend()
  gate = await start()
})
beforeEach(() => backend.reset())
afterAll(async () => {
  await gate.stop()
  await backend.close()
  rmSync(data, { recursive: true, force: true })
})

const start = (options: GateOptions = {}) =>
  startGate(backend.url, { ...options, flags: ['--workers', '2', '--data', data, '--metrics', '127.0.0.1:0'] })

const readonly = (...args: readonly string[]) =>
  execFileSync(process.execPath, [program, 'readonly', ...args, '--data', data], { encoding: 'utf8' })

async function ask(line: string, credentials: string | null = authorization, of: Gate = gate): Promise<Answer> {
  const login = credentials === null ? [] : [`Authorization: ${credentials}`]
  const [answer] = await exchange(of.port, request([`${line} HTTP/1.1`, 'Host: localhost', ...login]))
  if (answer === undefined) throw new Error('no answer')
  return answer
}

/** What a push gets through each of so many connections, which the workers take in turn. */
async function pushesGet(of: Gate = gate): Promise<string> {
  const answers = await Promise.all(Array.from({ length: 8 }, () => ask(`PUT ${manifest}`, authorization, of)))
  return [...new Set(answers.map(({ status }) => status))].join(' and ')
}

/** @returns the milliseconds until all pushes get this */
async function untilPushesGet(expected: string, of: Gate = gate): Promise<number> {
  const began = performance.now()
  for (;;) {
    const found = await pushesGet(of)
    const passed = performance.now() - began
    if (found === expected) return passed
    if (passed > 10_000) throw new Error(`after 10 s pushes still get ${found}`)
  }
}

async function switchOn(reason: string | null = null): Promise<void> {
  await writeReadOnly(data, reason)
  await untilPushesGet('503')
}

async function switchOff(): Promise<void> {
  await removeReadOnly(data)
  await untilPushesGet('200')
}

const linesWith = (text: string) => gate.log().split(text).length - 1

it('the commands are in force in every worker, and name folder, reason and time', async () => {
  expect(readonly('status')).toBe('writable\n')
  expect(await pushesGet()).toBe('200')
  expect(readonly('on', '--reason', 'garbage collection')).toBe(
    `read-only: gates on ${data} refuse pushes and deletes\n`,
  )
  const on = await untilPushesGet('503')
  expect(readonly('status')).toMatch(/^read-only since \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ: garbage collection\n$/)
  expect(readonly('off')).toBe(`writable: gates on ${data} accept pushes and deletes\n`)
  const off = await untilPushesGet('200')
  console.log(`in force in all workers ${Math.round(on)} ms after the command, off ${Math.round(off)} ms after it`)
  expect(readonly('off')).toBe(`writable: gates on ${data} accept pushes and deletes, as before\n`)
})

it('the switch is in the log, in the audit log and in the numbers', async () => {
  const before = gate.log().length
  const number = async () => /^portcullis_read_only (\d)$/m.exec(await (await fetch(gate.metricsUrl)).text())?.[1]
  expect(await number()).toBe('0')
  await switchOn('first')
  expect(await number()).toBe('1')
  await writeReadOnly(data, 'second')
  await eventually(gate.log, () => linesWith('"reason":"second"') === 2)
  await switchOff()
  expect(await number()).toBe('0')
  const file = join(data, 'portcullis/read-only')
  const lines = gate.log().slice(before).split('\n')
  const switched = lines.filter(line => line.includes(file)).map(line => JSON.parse(line))
  const owner = process.getuid?.()
  expect(switched).toMatchObject([
    { level: 'warn', msg: 'the registry is read-only', file, reason: 'first', owner },
    { level: 'warn', msg: 'audit', event: 'read-only-on', file, reason: 'first', owner, time: expect.any(String) },
    { msg: 'the registry is read-only', reason: 'second' },
    { msg: 'audit', event: 'read-only-on', reason: 'second' },
    { level: 'warn', msg: 'the registry is writable again', file },
    { level: 'warn', msg: 'audit', event: 'read-only-off', file },
  ])
  expect(lines.join()).toContain('"error":"read-only"')
})

describe('while the registry is read-only', () => {
  beforeAll(() => switchOn('not for everybody'))
  afterAll(switchOff)

  it.each([`PUT ${manifest}`, `DELETE ${manifest}`, 'POST /v2/team/app/blobs/uploads/'])('refused: %s', async line => {
    const answer = await ask(line)
    expect(answer).toMatchObject({ status: 503, body: expect.stringContaining('at the moment: not for everybody"') })
    expect(header(answer, 'retry-after')).toBe('60')
    expect(backend.requests).toEqual([])
  })

  it.each([
    'GET /v2/',
    'GET /v2/_catalog',
    'GET /v2/team/app/tags/list',
    `GET ${manifest}`,
    `GET ${upload}`,
    `DELETE ${upload}`,
    'GET /healthz',
    'GET /readyz',
  ])('answered: %s', async line => {
    expect(await ask(line)).toMatchObject({ status: 200 })
  })

  it.each([
    ['without a login', null],
    ['with a wrong password', basic(user.name, 'wrong')],
  ])('nobody learns of it %s', async (_title, credentials) => {
    const answer = await ask(`PUT ${manifest}`, credentials)
    expect(answer).toMatchObject({ status: 401, body: expect.not.stringContaining('everybody') })
  })

  it('no body is asked for that nobody wants', async () => {
    const lines = [`PATCH ${upload} HTTP/1.1`, 'Host: localhost', `Authorization: ${authorization}`]
    const answers = await exchange(gate.port, request([...lines, 'Content-Length: 1000000', 'Expect: 100-continue']))
    expect(answers.map(({ status }) => status)).toEqual([503])
    expect(backend.requests).toEqual([])
  })

  it('a reload leaves it so', async () => {
    const before = linesWith('was reloaded and is in force')
    process.kill(gate.pid, 'SIGHUP')
    await eventually(gate.log, () => linesWith('was reloaded and is in force') > before)
    expect(await pushesGet()).toBe('503')
  })
})

it('a push that is under way may end its body, and is refused at its next request', async () => {
  const client = await connectRaw(gate.port)
  const login = `Authorization: ${authorization}`
  client.send(request([`PATCH ${upload} HTTP/1.1`, 'Host: localhost', login, 'Content-Length: 8'], 'half'))
  await eventually(
    () => 'the first half does not arrive',
    () => backend.requests[0]?.body.length === 1,
  )
  await switchOn()
  client.send('half')
  await client.until(() => client.answers()[0]?.complete === true)
  expect(client.answers()).toMatchObject([{ status: 200 }])
  client.send(request([`PUT ${upload}?digest=sha256:${'a'.repeat(64)} HTTP/1.1`, 'Host: localhost', login]))
  await client.until(() => client.answers()[1]?.complete === true)
  expect(client.answers()[1]).toMatchObject({ status: 503 })
  client.destroy()
  await switchOff()
})

describe('a second gate on the same folder, in token mode, started while it is read-only', () => {
  let second: Gate
  beforeAll(async () => {
    await switchOn()
    second = await start({ yaml: 'token: {}\n' })
  })
  afterAll(() => second.stop())

  it('refuses its very first push', async () => {
    expect(await ask(`PUT ${manifest}`, authorization, second)).toMatchObject({ status: 503 })
  })

  it('asks who is not logged in for a token, as always', async () => {
    const answer = await ask(`PUT ${manifest}`, null, second)
    expect(answer).toMatchObject({ status: 401, body: expect.not.stringContaining('read-only') })
    expect(header(answer, 'www-authenticate')).toMatch(/^Bearer /)
  })

  it('refuses pushes in workers that take the place of others', async () => {
    const before = second.workers()
    for (const pid of before) process.kill(pid, 'SIGKILL')
    await eventually(
      () => `workers: ${second.workers().join()}`,
      () => second.workers().length === 2 && second.workers().every(pid => !before.includes(pid)),
    )
    expect(await pushesGet(second)).toBe('503')
  })

  it('takes pushes again when the other one does, and refuses them where the file is made by hand', async () => {
    const file = join(data, 'portcullis/read-only')
    rmSync(file)
    await Promise.all([untilPushesGet('200'), untilPushesGet('200', second)])
    writeFileSync(file, '')
    await Promise.all([untilPushesGet('503'), untilPushesGet('503', second)])
  })
})
