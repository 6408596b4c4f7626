/** The traps of a real registry for whoever stands in front of it: each is shown on the registry alone, and then through the gate. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { call, digestOf } from '../embedded-registry/serve-registry.js'
import { freePorts } from '../end-to-end/parts/free-ports.js'
import { basic, type Gate, passwordOf, startGate } from '../end-to-end/parts/gate.js'
import { type Answer, exchange, header, request } from '../end-to-end/parts/raw-client.js'
import { type Image, type Store, storeAt } from './access-bypasses/store.js'
import { require } from './parts/availability.js'
import { Daemon } from './parts/program.js'
import { startTunnel } from './registry-traps/behind-tls.js'
import { type Ear, startEar } from './registry-traps/notified.js'
import { type Ask, traps } from './registry-traps/traps.js'

const here = require('docker-registry', 'portcullis')

const yaml = `access:
  - { who: intern, repositories: "public/**", may: pull }
  - { who: intern, repositories: "mine/**", may: [pull, push, overwrite] }
immutable: "mine/kept:*"
`

describe.runIf(here)('traps', () => {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-traps-'))
  const closers: (() => Promise<unknown>)[] = []
  let registry: Daemon
  let store: Store
  let ear: Ear
  let gate: Gate
  /** Of the registry, with nothing but TLS before it. */
  let alone = 0
  let secret: Image
  let shared: Image

  beforeAll(async () => {
    ear = await startEar()
    closers.push(() => ear.close())
    const [port = 0] = await freePorts(1)
    const config = join(folder, 'registry.yml')
    writeFileSync(
      config,
      `version: 0.1
log: { level: error }
storage: { filesystem: { rootdirectory: ${join(folder, 'registry')} }, delete: { enabled: true } }
http: { addr: "127.0.0.1:${port}", secret: x }
notifications: { endpoints: [{ name: ear, url: "${ear.url}", timeout: 5s, threshold: 5, backoff: 1s }] }
`,
    )
    registry = Daemon.start(['docker-registry', 'serve', config], join(folder, 'registry.log'))
    closers.push(() => registry.stop())
    await registry.until(() =>
      call(port, 'GET', '/v2/', {}).then(
        ({ status }) => status === 200,
        () => false,
      ),
    )
    store = storeAt(port)
    secret = await store.push('secret/repo', '1.0', 'the secret')
    shared = await store.push('public/app', '1.0', 'what everybody may have')
    gate = await startGate(`http://127.0.0.1:${port}`, { yaml, others: ['intern'], flags: ['--workers', '2'] })
    closers.push(() => gate.stop())
    const certs = join(gate.folder, 'certs')
    const tunnel = await startTunnel({ cert: join(certs, 'cert.pem'), key: join(certs, 'key.pem') }, port)
    closers.push(() => tunnel.close())
    alone = tunnel.port
  })
  afterAll(async () => {
    for (const close of closers.reverse()) await close()
    rmSync(folder, { recursive: true, force: true })
  })

  const fill = (text: string) =>
    text.replaceAll('BLOB', secret.blob).replaceAll('PUBLIC', shared.digest.replace('sha256:', ''))

  /** The gate asks for a login; without it the registry takes everybody. */
  const through = () => ({ port: gate.port, login: [`Authorization: ${basic('intern', passwordOf('intern'))}`] })
  const direct = () => ({ port: alone, login: [] })
  type Way = ReturnType<typeof through>

  async function send({ port, login }: Way, { head, body }: Ask): Promise<Answer> {
    const [line = '', ...headers] = head.map(fill)
    const text = fill(body)
    const length = /^(GET|HEAD|CONNECT) /.test(line) ? [] : [`Content-Length: ${Buffer.byteLength(text)}`]
    const accept = 'Accept: application/vnd.docker.distribution.manifest.v2+json'
    const lines = [`${line} HTTP/1.1`, 'Host: localhost', 'Connection: close', accept, ...login, ...headers, ...length]
    const [answer] = await exchange(port, request(lines, text))
    if (answer === undefined) throw new Error('no answer')
    return answer
  }
  const ask = (way: Way, line: string, ...headers: readonly string[]) =>
    send(way, { head: [line, ...headers], body: '' })

  /** The status, where else a Location leads, and what was gained, which is taken back. */
  async function outcome(answer: Answer): Promise<string> {
    const elsewhere = /^(\w+:\/\/[^/]+)\//.exec(header(answer, 'location'))?.[1]
    const gained = await store.has('mine/app', 'blobs', secret.blob)
    if (gained) await store.removeBlob('mine/app', secret.blob)
    return `${answer.status}${elsewhere === undefined || gained ? '' : ` at ${elsewhere}`}${gained ? ', BLOB in mine/app' : ''}`
  }

  describe.each(traps)('$name', ({ rows }) => {
    it.each(rows.map(([ask, alone, gate]) => [ask.head[0], alone, gate, ask] as const))(
      '%s: %s, and through the gate %s',
      async (_, ofRegistry, ofGate, ask) => {
        expect(await outcome(await send(direct(), ask))).toBe(ofRegistry)
        expect(await outcome(await send(through(), ask))).toBe(ofGate)
      },
    )
  })

  /** Targets that the registry has been asked for, by its log, with this word in them. */
  const askedFor = (word: string) =>
    [...registry.log().matchAll(/"[A-Z]+ (\S+) HTTP\/1\.1"/g)]
      .map(([, target]) => target)
      .filter(each => each?.includes(word))

  it('a mount without a source, for which a registry may look everywhere, never reaches it', async () => {
    const line = (word: string) => `POST /v2/mine/app/blobs/uploads/?a=${word}&mount=BLOB`
    expect((await ask(direct(), line('alone'))).status).toBe(202)
    expect((await ask(through(), line('gate'))).status).toBe(202)
    await expect.poll(() => askedFor('a=alone')).toEqual([fill('/v2/mine/app/blobs/uploads/?a=alone&mount=BLOB')])
    await expect.poll(() => askedFor('a=gate')).toEqual(['/v2/mine/app/blobs/uploads/?a=gate'])
  })

  it('ns= passes, as clients of a mirror send it', async () => {
    const target = '/v2/public/app/manifests/1.0?ns=docker.io'
    for (const way of [direct(), through()]) expect((await ask(way, `GET ${target}`)).status).toBe(200)
    await expect.poll(() => askedFor('ns=')).toEqual([target, target])
  })

  it.each([
    ['a length and chunks', ['Content-Length: 5', 'Transfer-Encoding: chunked'], '\r\n'],
    ['lines that end in LF alone', ['Content-Length: 0'], '\n'],
  ])('%s: the registry takes them, the gate does not', async (_, framing, end) => {
    const answers: number[] = []
    for (const { port, login } of [direct(), through()]) {
      const lines = ['POST /v2/mine/app/blobs/uploads/ HTTP/1.1', 'Host: localhost', 'Connection: close', ...login]
      const bytes = request([...lines, ...framing], framing.length === 2 ? '0\r\n\r\n' : '')
      answers.push((await exchange(port, bytes.replaceAll('\r\n', end)))[0]?.status ?? 0)
    }
    expect(answers).toEqual([202, 400])
  })

  describe('what the registry notifies', () => {
    /** What it says of a pull, found by the User-Agent. */
    async function notified(way: Way, agent: string, ...headers: readonly string[]) {
      await ask(way, 'GET /v2/public/app/manifests/1.0', `User-Agent: ${agent}`, ...headers)
      const of = () => ear.heard.filter(each => each.agent === agent)
      await expect.poll(() => of().length, { timeout: 15_000 }).toBeGreaterThan(0)
      return of()[0]
    }

    it('names the user, who could call themselves anything without the gate', async () => {
      const forged = `Authorization: ${basic('somebody', 'x')}`
      expect(await notified(direct(), 'name/alone', forged)).toMatchObject({ action: 'pull', actor: 'somebody' })
      expect(await notified(through(), 'name/gate')).toMatchObject({ action: 'pull', actor: 'intern' })
    })

    it('names the address of the client, and not the one in its headers', async () => {
      const forged = ['X-Forwarded-For: 10.9.8.7', 'X-Real-IP: 10.9.8.7']
      expect((await notified(direct(), 'address/alone', ...forged))?.address).toBe('10.9.8.7')
      expect((await notified(through(), 'address/gate', ...forged))?.address).toBe('127.0.0.1')
    })
  })

  describe('an upload in pieces', () => {
    const pathOf = (answer: Answer) => {
      const { pathname, search } = new URL(header(answer, 'location'), 'http://localhost')
      return `${pathname}${search}`
    }
    const piece = (way: Way, path: string, text: string, range: string) =>
      send(way, {
        head: [`PATCH ${path}`, `Content-Range: ${range}`, 'Content-Type: application/octet-stream'],
        body: text,
      })

    it('goes on as without the gate: _state stays as it is, and of Content-Range the registry makes what it likes', async () => {
      for (const way of [direct(), through()]) {
        const started = await ask(way, 'POST /v2/mine/app/blobs/uploads/')
        const first = await piece(way, pathOf(started), 'hello', '0-4')
        // This registry does not look at the range, and appends.
        const second = await piece(way, pathOf(first), ' you', '70-73')
        expect([first.status, second.status, header(second, 'range')]).toEqual([202, 202, '0-8'])
        const state = pathOf(second)
        expect(state).toMatch(/\?_state=[^&]+$/)
        const [bare = ''] = state.split('?')
        expect((await ask(way, `GET ${bare}`)).status).toBe(404)
        expect((await ask(way, `GET ${state}`)).status).toBe(204)
        const finished = await ask(way, `PUT ${state}&digest=${digestOf('hello you')}`)
        expect(finished.status).toBe(201)
      }
    })

    it('begins where a client wanted to send all at once, which this registry cannot', async () => {
      for (const way of [direct(), through()]) {
        const head = [`POST /v2/mine/app/blobs/uploads/?digest=${digestOf('all at once')}`]
        const answer = await send(way, { head, body: 'all at once' })
        expect([answer.status, pathOf(answer)]).toEqual([202, expect.stringContaining('?_state=')])
      }
    })
  })

  it.each([
    ['1.0', 201, 403],
    [`sha256-${'a'.repeat(64)}`, 201, 201],
    [`sha256-${'a'.repeat(64)}.sig`, 201, 201],
  ])('the tag %s, where tags are immutable, moves: %i, and through the gate %i', async (...row) => {
    const [tag, ...expected] = row
    const first = await store.push('mine/kept', tag, `first of ${tag}`)
    const moved: number[] = []
    for (const [index, way] of [direct(), through()].entries()) {
      const { text } = await store.push('mine/kept', `other${index}`, `another of ${tag} ${index}`)
      const type = /"mediaType":"([^"]+)"/.exec(first.text)?.[1] ?? ''
      moved.push(
        (await send(way, { head: [`PUT /v2/mine/kept/manifests/${tag}`, `Content-Type: ${type}`], body: text })).status,
      )
    }
    expect(moved).toEqual(expected)
  })
})
