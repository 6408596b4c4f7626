/** Lists by pages through the gate: an `n` above the limit gives a page of the limit with a Link, never a refusal. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type FaultyBackend, ok, startFaultyBackend } from './parts/faulty-backend.js'
import { authorization, type Gate, startGate } from './parts/gate.js'
import { header } from './parts/raw-client.js'
import { ask } from './parts/token-client.js'

const names = Array.from({ length: 1_203 }, (_, index) => `team/r${String(index).padStart(4, '0')}`)
const rules = 'access:\n  - { who: alice, repositories: ["team/**"], may: [pull] }\n'

interface Read {
  readonly status: number
  readonly names: readonly string[]
  /** '' on the last page. */
  readonly next: string
}

async function read(gate: Gate, path: string): Promise<Read> {
  const answer = await ask(gate.port, 'GET', path, { authorization })
  const json = JSON.parse(answer.body)
  const next = /^<(.*)>; rel="next"$/.exec(header(answer, 'link'))?.[1] ?? ''
  return { status: answer.status, names: json.repositories ?? json.tags ?? [], next }
}

/** All names by the links from the first page on, and how large the pages were. */
async function follow(gate: Gate, path: string): Promise<{ all: string[]; sizes: number[] }> {
  const all: string[] = []
  const sizes: number[] = []
  for (let next = path; next !== '' && sizes.length < 50; ) {
    const page = await read(gate, next)
    expect(page.status, next).toBe(200)
    all.push(...page.names)
    sizes.push(page.names.length)
    next = page.next
  }
  return { all, sizes }
}

/** A catalog as distribution has it: `n` above the limit is 400, without `n` as many as the limit or 100. */
function distributionCatalog(backend: FaultyBackend, catalog: readonly string[], limit: number): void {
  backend.whenComplete = ({ target }, socket) => {
    const query = new URL(target, 'http://registry').searchParams
    const n = query.has('n') ? Number(query.get('n')) : Math.min(limit, 100)
    if (!(n >= 0 && n <= limit)) {
      const body = '{"errors":[{"code":"PAGINATION_NUMBER_INVALID"}]}'
      return void socket.write(`HTTP/1.1 400 Bad Request\r\nContent-Length: ${body.length}\r\n\r\n${body}`)
    }
    const rest = catalog.filter(name => name > (query.get('last') ?? ''))
    const page = rest.slice(0, n)
    const link = `Link: </v2/_catalog?last=${encodeURIComponent(page.at(-1) ?? '')}&n=${n}>; rel="next"`
    socket.write(ok(JSON.stringify({ repositories: page }), n > 0 && rest.length > n ? [link] : []))
  }
}

describe.each([
  ['the embedded registry', ''],
  ['the embedded registry with rules', rules],
])('the catalog of %s', (_, yaml) => {
  let gate: Gate
  beforeAll(async () => {
    gate = await startGate('embedded', { flags: ['--workers', '1'], yaml })
    const repositories = join(gate.folder, 'data/docker/registry/v2/repositories')
    for (const name of names) mkdirSync(join(repositories, name, '_layers'), { recursive: true })
    const tags = join(repositories, 'team/r0000/_manifests/tags')
    for (const tag of ['a', 'b', 'c']) {
      mkdirSync(join(tags, tag, 'current'), { recursive: true })
      writeFileSync(join(tags, tag, 'current/link'), `sha256:${'0'.repeat(64)}`)
    }
  })
  afterAll(() => gate?.stop())

  it.each(['1001', '100000', '999999999999999', '1000000000000000', '9'.repeat(30)])(
    'in pages of 1,000 with n=%s',
    async n => {
      expect(await follow(gate, `/v2/_catalog?n=${n}`)).toEqual({ all: names, sizes: [1_000, 203] })
    },
  )

  it('in pages of 100 without n', async () => {
    expect((await read(gate, '/v2/_catalog')).names).toEqual(names.slice(0, 100))
  })

  it('with n=0 is empty and has no next page', async () => {
    expect(await read(gate, '/v2/_catalog?n=0')).toEqual({ status: 200, names: [], next: '' })
  })

  it.each(['-1', 'many', '1.5', '1e3', '0x10', '١٢'])('with n=%s is 400', async n => {
    const { status } = await ask(gate.port, 'GET', `/v2/_catalog?n=${encodeURIComponent(n)}`, { authorization })
    expect(status).toBe(400)
  })

  it.each(['4', '100000', '9'.repeat(30)])('and tags/list has all tags with n=%s', async n => {
    expect(await read(gate, `/v2/team/r0000/tags/list?n=${n}`)).toEqual({
      status: 200,
      names: ['a', 'b', 'c'],
      next: '',
    })
  })
})

describe('the catalog with rules before a backend', () => {
  let backend: FaultyBackend
  let gate: Gate
  const catalog = [...names, 'zother/a', 'zother/b', 'zother/c']
  beforeAll(async () => {
    backend = await startFaultyBackend()
    gate = await startGate(backend.url, { flags: ['--workers', '1'], yaml: rules })
  })
  beforeEach(() => backend.reset())
  afterAll(async () => {
    await gate?.stop()
    await backend?.close()
  })

  it.each(['1001', '100000', '9'.repeat(30)])('in pages of 1,000 with n=%s', async n => {
    distributionCatalog(backend, catalog, 1_000)
    expect(await follow(gate, `/v2/_catalog?n=${n}`)).toEqual({ all: names, sizes: [1_000, 203] })
  })

  it('keeps where the page begins', async () => {
    distributionCatalog(backend, catalog, 1_000)
    const last = names.at(-3) ?? ''
    const { all } = await follow(gate, `/v2/_catalog?last=${encodeURIComponent(last)}&n=100000`)
    expect(all).toEqual(names.slice(-2))
  })

  it('in the pages of a backend that allows fewer', async () => {
    distributionCatalog(backend, catalog, 50)
    const { all, sizes } = await follow(gate, '/v2/_catalog?n=700')
    expect(all).toEqual(names)
    expect(Math.max(...sizes)).toBe(50)
  })

  it.each(['-1', 'many'])('with n=%s is refused as the backend does', async n => {
    distributionCatalog(backend, catalog, 1_000)
    const { status } = await ask(gate.port, 'GET', `/v2/_catalog?n=${n}`, { authorization })
    expect(status).toBe(400)
    expect(backend.requests.map(({ target }) => target)).toEqual([`/v2/_catalog?n=${n}`])
  })
})
