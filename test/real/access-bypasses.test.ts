/**
 * Ways round access rules: other spellings of paths, other methods, other forms of a mount. Each one works against a gate that compares
 * the raw text, before a real registry; none works against Portcullis.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { call, serveRegistry } from '../embedded-registry/serve-registry.js'
import { freePorts } from '../end-to-end/parts/free-ports.js'
import { basic, type Gate, passwordOf, startGate } from '../end-to-end/parts/gate.js'
import { type Answer, connectRaw, exchange, header, request } from '../end-to-end/parts/raw-client.js'
import { type Attack, attacks, goals, nameOf } from './access-bypasses/attacks.js'
import { startRawPrefixGate } from './access-bypasses/raw-prefix-gate.js'
import { type Image, type Store, storeAt } from './access-bypasses/store.js'
import { require } from './parts/availability.js'
import { Daemon } from './parts/program.js'

const here = require('docker-registry', 'portcullis')

const rules = `access:
  - { who: alice, repositories: "**", may: [pull, push, overwrite, delete] }
  - { who: intern, repositories: "public/**", may: pull }
  - { who: intern, repositories: "mine/**", may: [pull, push, overwrite, delete] }
`

/** What an attack is made with, and what it is judged by. */
interface Target {
  readonly port: number
  /** `Authorization: ...`, or '' */
  readonly authorization: string
  readonly store: Store
  readonly secret: Image
  readonly shared: Image
}

let count = 0

/** Whether the request gained what it is for; what it changed is put right again. */
async function succeeds(
  attack: Attack,
  target: Target,
): Promise<{ readonly gained: boolean; readonly answer: Answer }> {
  const { store, secret, shared } = target
  const tag = `attack-${++count}`
  const victim = attack.goal === 'delete' ? await store.push('secret/repo', 'victim', `victim ${count}`) : null
  const upload = attack.goal === 'append' ? await store.startUpload('public/app') : ''
  const fill = (text: string) =>
    text
      .replaceAll('SECRET', secret.digest)
      .replaceAll('BLOB', secret.blob)
      .replaceAll('PUBLIC', shared.blob)
      .replaceAll('VICTIM', victim?.digest ?? '')
      .replaceAll('TAG', tag)
      .replaceAll('UPLOAD', upload)
      .replaceAll('LENGTH', String(secret.text.length))
      .replaceAll('MANIFEST', secret.text)
  const isWrite = attack.goal === 'write' && !attack.hidden
  const body = isWrite ? secret.text : fill(attack.body)
  const [line = '', ...headers] = attack.head.map(fill)
  const common = (connection: string) => [
    'Host: localhost',
    `Connection: ${connection}`,
    'Accept: application/vnd.docker.distribution.manifest.v2+json',
    ...(target.authorization === '' ? [] : [`Authorization: ${target.authorization}`]),
  ]
  const lines = [
    `${line} HTTP/1.1`,
    ...common(attack.hidden ? 'keep-alive' : 'close'),
    ...(isWrite ? ['Content-Type: application/vnd.docker.distribution.manifest.v2+json'] : []),
    ...headers,
    ...(!attack.hidden && /^(?:GET|HEAD) /.test(line) ? [] : [`Content-Length: ${Buffer.byteLength(body)}`]),
  ]
  const next = request(['GET /v2/public/app/manifests/1.0 HTTP/1.1', ...common('close')])
  const answers = await exchangeAll(target.port, [request(lines, body), ...(attack.hidden ? [next] : [])])
  const [answer] = answers
  if (answer === undefined) throw new Error('no answer')
  return { answer, gained: await hasGained() }

  async function hasGained(): Promise<boolean> {
    switch (attack.goal) {
      case 'read':
        return answers.some(({ body }) => body.includes('the secret') || body === secret.text)
      case 'head':
        return header(answer, 'docker-content-digest') === secret.digest
      case 'tags':
        return answer?.status === 200 && answer.body.includes('"1.0"')
      case 'catalog':
        return answer?.body.includes('secret') === true
      case 'mount': {
        const gained = await store.has('mine/app', 'blobs', secret.blob)
        if (gained) await store.removeBlob('mine/app', secret.blob)
        return gained
      }
      case 'write':
        return store.has('secret/repo', 'manifests', tag)
      case 'start':
      case 'append':
        return answer?.status === 202
      case 'delete':
        return !(await store.has('secret/repo', 'manifests', victim?.digest ?? ''))
    }
  }
}

/** Sends each request once the one before is answered, as far as the connection lasts. */
async function exchangeAll(port: number, requests: readonly string[]): Promise<readonly Answer[]> {
  const client = await connectRaw(port)
  const isHead = requests[0]?.startsWith('HEAD ') === true
  try {
    for (const [index, bytes] of requests.entries()) {
      client.send(bytes)
      await client.until(() => client.answers(isHead).filter(({ complete }) => complete).length > index)
    }
    return client.answers(isHead)
  } finally {
    client.destroy()
  }
}

async function fillStore(store: Store): Promise<Pick<Target, 'store' | 'secret' | 'shared'>> {
  const secret = await store.push('secret/repo', '1.0', 'the secret')
  const shared = await store.push('public/app', '1.0', 'what everybody may have')
  await store.push('mine/app', '1.0', 'what is mine')
  return { store, secret, shared }
}

it('the table has enough rows, and rows for every goal', () => {
  expect(new Set(attacks.map(nameOf)).size).toBeGreaterThanOrEqual(60)
  expect(new Set(attacks.map(({ goal }) => goal))).toEqual(new Set(Object.keys(goals)))
})

describe.runIf(here)('access rules', () => {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-bypasses-'))
  const closers: (() => Promise<unknown>)[] = []
  let naive: Target
  const targets = new Map<string, Target>()

  beforeAll(async () => {
    const [port = 0] = await freePorts(1)
    const config = join(folder, 'registry.yml')
    const storage = join(folder, 'registry')
    writeFileSync(
      config,
      `version: 0.1
log: { level: error }
storage: { filesystem: { rootdirectory: ${storage} }, delete: { enabled: true } }
http: { addr: "127.0.0.1:${port}", secret: x }
`,
    )
    const registry = Daemon.start(['docker-registry', 'serve', config], join(folder, 'registry.log'))
    closers.push(() => registry.stop())
    await registry.until(() =>
      call(port, 'GET', '/v2/', {}).then(
        ({ status }) => status === 200,
        () => false,
      ),
    )
    const real = await fillStore(storeAt(port))
    const options = { others: ['intern'], flags: ['--workers', '2'] }
    const backend = `http://127.0.0.1:${port}`
    const usual = await started(startGate(backend, { ...options, yaml: rules }))
    const tokens = await started(startGate(backend, { ...options, yaml: `${rules}token: {}\n` }))
    const root = join(folder, 'embedded')
    const operator = await serveRegistry({ root })
    closers.push(() => operator.close())
    const embedded = await started(
      startGate('embedded', { ...options, yaml: rules, flags: [...options.flags, '--data', root] }),
    )
    const certs = join(usual.folder, 'certs')
    const raw = await startRawPrefixGate({ cert: join(certs, 'cert.pem'), key: join(certs, 'key.pem') }, port)
    closers.push(() => raw.close())

    const password = basic('intern', passwordOf('intern'))
    naive = { ...real, port: raw.port, authorization: '' }
    targets.set('basic, docker-registry', { ...real, port: usual.port, authorization: password })
    targets.set('token, docker-registry', {
      ...real,
      port: tokens.port,
      authorization: await tokenOf(tokens, password),
    })
    const own = await fillStore(storeAt(operator.port))
    targets.set('basic, embedded', { ...own, port: embedded.port, authorization: password })
  })
  afterAll(async () => {
    for (const close of closers.reverse()) await close()
    rmSync(folder, { recursive: true, force: true })
  })

  async function started(starting: Promise<Gate>): Promise<Gate> {
    const gate = await starting
    closers.push(() => gate.stop())
    return gate
  }

  /** A token that asked for everything, and grants what the rules leave of it. */
  async function tokenOf({ port }: Gate, password: string): Promise<string> {
    const scopes = ['mine/app', 'secret/repo', 'public/app'].map(name => `scope=repository:${name}:pull,push,delete`)
    const target = `/auth/token?service=portcullis&${scopes.join('&')}&scope=registry:catalog:*`
    const lines = [`GET ${target} HTTP/1.1`, 'Host: localhost', 'Connection: close', `Authorization: ${password}`]
    const [answer] = await exchange(port, request(lines))
    return `Bearer ${JSON.parse(answer?.body ?? '').token}`
  }

  /** How the gates answered, for the eye of a reader. */
  const answers = new Map<string, number>()
  afterAll(() => {
    const counts = [...answers].sort().map(([answer, times]) => `${answer}: ${times}`)
    process.stdout.write(`bypasses tried: ${attacks.length} at each gate; answers: ${counts.join(', ')}\n`)
  })

  it.each(attacks.map(attack => ({ name: nameOf(attack), attack })))('$name', async ({ attack }) => {
    const before = await succeeds(attack, naive)
    expect(before.gained, `status ${before.answer.status}`).toBe(true)
    for (const [name, target] of targets) {
      const tried = await succeeds(attack, target)
      const told = `${name} ${tried.answer.status}`
      answers.set(told, (answers.get(told) ?? 0) + 1)
      expect(tried.gained, told).toBe(false)
    }
  })

  it('let through what they allow', async () => {
    for (const target of targets.values()) {
      const usual = [
        'Host: localhost',
        'Connection: close',
        'Accept: application/vnd.docker.distribution.manifest.v2+json',
        `Authorization: ${target.authorization}`,
      ]
      const get = (path: string) => [`GET ${path} HTTP/1.1`, ...usual]
      const [manifest] = await exchange(target.port, request(get('/v2/public/app/manifests/1.0')))
      expect(manifest?.status).toBe(200)
      const [catalog] = await exchange(target.port, request(get('/v2/_catalog')))
      expect(JSON.parse(catalog?.body ?? '')).toEqual({ repositories: ['mine/app', 'public/app'] })
      const line = `POST /v2/mine/app/blobs/uploads/?mount=${target.shared.blob}&from=public%2Fapp HTTP/1.1`
      const post = [line, ...usual, 'Content-Length: 0']
      const [mounted] = await exchange(target.port, request(post))
      expect(mounted?.status).toBe(201)
    }
  })
})
