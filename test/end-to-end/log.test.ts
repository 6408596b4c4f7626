/** What operators read: who did what, one line per request, and never a password, wherever a client puts it. */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type FaultyBackend, startFaultyBackend } from './parts/faulty-backend.js'
import { authorization, basic, type Gate, startGate, user } from './parts/gate.js'
import { type Answer, exchange, request } from './parts/raw-client.js'
import { eventually } from './parts/settle.js'

type Line = Readonly<Record<string, unknown>>

const linesOf = (gate: Gate): Line[] =>
  gate
    .log()
    .split('\n')
    .filter(line => line.startsWith('{'))
    .map(line => JSON.parse(line))

const digestOf = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`

describe('with the embedded registry', () => {
  let gate: Gate
  beforeAll(async () => {
    gate = await startGate('embedded')
  })
  afterAll(async () => {
    await gate.stop()
  })

  async function send(method: string, path: string, body = '', credentials: string = authorization): Promise<void> {
    const lines = [
      `${method} ${path} HTTP/1.1`,
      'Host: localhost',
      `Authorization: ${credentials}`,
      'User-Agent: pusher/1.0',
      'Content-Type: application/vnd.oci.image.index.v1+json',
      `Content-Length: ${body.length}`,
    ]
    await exchange(gate.port, request(lines, body))
  }
  const index = (name: string) =>
    JSON.stringify({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.index.v1+json',
      manifests: [],
      annotations: { name },
    })
  const audited = () => linesOf(gate).filter(({ msg }) => msg === 'audit')

  it('a push, the same again, another one under the same tag, a delete and a wrong password are audited', async () => {
    const [one, two] = [index('one'), index('two')]
    const tag = '/v2/team/app/manifests/1.0'
    await send('PUT', tag, one)
    await send('PUT', tag, one)
    await send('PUT', tag, two)
    await send('DELETE', tag)
    await send('GET', tag, '', basic(user.name, 'wrong-pass-phrase'))
    await send('GET', tag, '', basic('nobody-here', 'wrong-pass-phrase'))
    await eventually(
      () => gate.log(),
      () => audited().length === 6,
    )
    const always = { address: '127.0.0.1', agent: 'pusher/1.0', repository: 'team/app', reference: '1.0' }
    const alice = { ...always, user: user.name }
    expect(audited()).toMatchObject([
      { ...alice, event: 'push', digest: digestOf(one), status: 201 },
      { ...alice, event: 'push', digest: digestOf(one) },
      { ...alice, event: 'overwrite', digest: digestOf(two), replaced: digestOf(one) },
      { ...alice, event: 'delete', status: 202 },
      { ...alice, event: 'login-failure', status: 401 },
      { ...always, event: 'login-failure', status: 401 },
    ])
    expect(audited()[0]).not.toHaveProperty('replaced')
    expect(audited()[5]).not.toHaveProperty('user')
  })

  it('every request has one line, with what it means', async () => {
    const before = linesOf(gate).length
    await send('GET', '/v2/team/app/tags/list?n=10')
    await eventually(
      () => gate.log(),
      () => linesOf(gate).length > before,
    )
    expect(linesOf(gate).slice(before)).toEqual([
      {
        level: 'info',
        time: expect.any(String),
        msg: 'request',
        method: 'GET',
        path: '/v2/team/app/tags/list',
        status: expect.any(Number),
        address: '127.0.0.1',
        received: expect.any(Number),
        bytes: expect.any(Number),
        milliseconds: expect.any(Number),
        user: user.name,
        action: 'list-tags',
        repository: 'team/app',
        agent: 'pusher/1.0',
      },
    ])
  })

  it.each([
    ['/name:password@host/', '/***@host/'],
    ['/v2/https://name:password@host', '/v2/https://***@host'],
    ['/a/name:pass@word@host/b?name:password@host', '/a/***@host/b'],
    ['/a/:@/b:@', '/a/***@/***@'],
    ['/name@host/a:b', '/name@host/a:b'],
    ['/@a:b', '/@a:b'],
  ])('%s is logged as %s', async (target, path) => {
    const before = linesOf(gate).length
    await send('GET', target)
    await eventually(
      () => gate.log(),
      () => linesOf(gate).length > before,
    )
    expect(linesOf(gate)[before]).toMatchObject({ path })
  })
})

describe('what is no request', () => {
  let gate: Gate
  beforeAll(async () => {
    gate = await startGate('embedded', { flags: ['--workers', '1', '--metrics', '127.0.0.1:0'] })
  })
  afterAll(async () => {
    await gate.stop()
  })

  it.each([
    ['a broken header', 'GET /v2/ HTTP/1.1\r\nHost: localhost\r\n: x\r\n\r\n', 400, 'bad-request'],
    ['another protocol', '\x00\x01\x02 nothing\r\n\r\n', 400, 'bad-request'],
    ['a header without an end', `GET /v2/ HTTP/1.1\r\nX: ${'x'.repeat(64 * 1024)}`, 431, 'headers-too-large'],
    ['a tunnel', request(['CONNECT registry:5000 HTTP/1.1', 'Host: registry:5000']), 405, 'method-not-allowed'],
  ])('%s has a line all the same', async (_title, bytes, status, error) => {
    const before = linesOf(gate).length
    await exchange(gate.port, bytes)
    await eventually(
      () => gate.log(),
      () => linesOf(gate).length > before,
    )
    expect(linesOf(gate).slice(before)).toMatchObject([{ msg: 'request', address: '127.0.0.1', status, error }])
  })

  it('a client without a cipher in common is told of and counted', async () => {
    const client = connect({ port: gate.port, rejectUnauthorized: false, maxVersion: 'TLSv1.2', ciphers: 'AES128-SHA' })
    await new Promise(resolve => client.once('error', resolve))
    await eventually(
      () => gate.log(),
      () => gate.log().includes('no-shared-cipher'),
    )
    expect(linesOf(gate).find(({ reason }) => reason === 'no-shared-cipher')).toMatchObject({
      level: 'info',
      address: '127.0.0.1',
      code: expect.stringMatching(/NO_SHARED_CIPHER$/),
      msg: 'a client shares no cipher with the gate',
    })
    const text = await (await fetch(gate.metricsUrl)).text()
    expect(text).toContain('portcullis_tls_handshake_failures_total{reason="no-shared-cipher"} 1')
  })
})

describe('a secret', () => {
  const secrets = [
    's3cret-Bearer-t0ken',
    'c00kie-of-alice',
    'pr0xy-pass-phrase',
    'qu3ry-pass-phrase',
    'wr0ng-pass-phrase',
  ]
  const [bearer = '', cookie = '', proxy = '', query = '', wrong = ''] = secrets
  let backend: FaultyBackend
  let gate: Gate
  let seen: string[]

  const forms = (secret: string) => [
    secret,
    Buffer.from(secret).toString('base64').replace(/=+$/, ''),
    // Where it stands behind `alice:`, the letters of base64 are others.
    Buffer.from(`${user.name}:${secret}`).toString('base64').replace(/=+$/, ''),
    encodeURIComponent(secret),
  ]

  beforeAll(async () => {
    backend = await startFaultyBackend()
    const flags = ['--workers', '1', '--log-level', 'trace', '--metrics', '127.0.0.1:0']
    gate = await startGate(backend.url, { flags })
    seen = await bodiesOf([
      [`Authorization: ${authorization}`],
      [`Authorization: ${basic(user.name, wrong)}`],
      // The password where the name belongs, and the other way round.
      [`Authorization: ${basic(user.password, user.name)}`],
      [`Authorization: Basic ${Buffer.from(user.password).toString('base64')}`],
      [`Authorization: Basic ${user.password}`],
      [`Authorization: Bearer ${bearer}`],
      [`Authorization: ${user.password}`],
      [`Authorization: ${authorization}`, `Cookie: session=${cookie}`],
      [`Proxy-Authorization: ${basic(user.name, proxy)}`],
      [`Authorization: ${authorization}`, `Proxy-Authorization: ${basic(user.name, proxy)}`],
      [`Authorization: ${authorization}`, `Transfer-Encoding: ${bearer}`],
      [`Authorization: ${authorization} `, `${cookie}: x`, `Content-Length: ${proxy}`],
    ])
  })
  afterAll(async () => {
    await gate.stop()
    await backend.close()
  })

  /** Everything that the gate says to clients who send these headers, to a backend that dies on some of them. */
  async function bodiesOf(cases: readonly (readonly string[])[]): Promise<string[]> {
    const targets = [
      '/v2/',
      `/v2/team/app/manifests/1?token=${query}`,
      `/v2/team/app/blobs/uploads/1?_state=${query}`,
      `//${user.name}:${wrong}@localhost/v2/`,
      `/v2/https://${user.name}:${wrong}@localhost/`,
      `https://${user.name}:${wrong}@localhost/v2/`,
      '/readyz',
    ]
    let round = 0
    backend.whenComplete = (_request, socket) => {
      round++
      if (round % 3 === 0) socket.destroy()
      else socket.write(round % 3 === 1 ? 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n' : 'no answer\r\n\r\n')
    }
    const texts: string[] = []
    for (const headers of cases) {
      for (const target of targets) {
        for (const method of ['GET', 'PUT', 'TRACE']) {
          const answers = await exchange(
            gate.port,
            request([`${method} ${target} HTTP/1.1`, 'Host: localhost', 'Connection: close', ...headers]),
          )
          texts.push(JSON.stringify(answers.map((answer: Answer) => [[...answer.headers], answer.body])))
        }
      }
    }
    return texts
  }

  it('is in no log line, whatever the level', async () => {
    await exchange(gate.port, request(['GET /the-last-request HTTP/1.1', 'Host: localhost']))
    await eventually(
      () => gate.log(),
      () => gate.log().includes('/the-last-request'),
    )
    expect(linesOf(gate).length).toBeGreaterThan(100)
    for (const form of [user.password, ...secrets].flatMap(forms)) expect(gate.log()).not.toContain(form)
  })

  it('is in no answer', () => {
    for (const form of [user.password, ...secrets].flatMap(forms)) expect(seen.join('')).not.toContain(form)
  })

  it('is in none of the numbers', async () => {
    const text = await (await fetch(gate.metricsUrl)).text()
    expect(text).toContain('portcullis_logins_total{outcome="wrong"}')
    for (const form of [user.password, ...secrets].flatMap(forms)) expect(text).not.toContain(form)
  })

  it('reaches the log as soon as it is written there, so that these tests can see it', () => {
    expect(gate.log()).toContain(`"user":"${user.name}"`)
    expect(gate.log()).toContain('***@localhost')
  })

  it('of a configuration is not shown by check --print', () => {
    const conf = join(gate.folder, 'nginx.conf')
    writeFileSync(
      conf,
      `server { listen 5000; location / { proxy_pass http://registry:5000; proxy_set_header Authorization "Basic ${bearer}"; } }`,
    )
    const program = fileURLToPath(new URL('../../dist/main.js', import.meta.url))
    for (const form of ['json', 'text']) {
      const printed = execFileSync(process.execPath, [program, 'check', '--nginx-conf', conf, '--print', form], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      expect(printed).not.toContain(bearer)
      expect(printed).not.toBe('')
    }
  })
})
