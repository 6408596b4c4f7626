/** Access rules at the door: the same requests before a registry elsewhere and before the embedded one. */
import { mkdtempSync, rmSync } from 'node:fs'
import { Agent, request as httpsRequest } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type Answer,
  digestOf,
  ociManifestType,
  pushBlob,
  pushImage,
  type ServedRegistry,
  serveRegistry,
} from '../embedded-registry/serve-registry.js'
import { basic, type Gate, passwordOf, startGate } from './parts/gate.js'

const yaml = `groups: { admins: [alice] }
access:
  - { who: group:admins, repositories: "**", may: [pull, push, overwrite, delete] }
  - { who: ci, repositories: "team/**", may: [pull, push] }
  - { who: mover, repositories: "team/**", may: [pull, push, overwrite] }
  - { who: intern, repositories: [team/app, "base/*"], may: pull }
  - { who: intern, repositories: "base/secret*", deny: [pull] }
  - { who: users, repositories: shared, may: [pull] }
`
const agent = new Agent({ rejectUnauthorized: false, keepAlive: true })
afterAll(() => agent.destroy())

interface Asked {
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** As one of the users, through a gate. */
function ask(gate: Gate, who: string, method: string, path: string, { body, headers }: Asked = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = httpsRequest({
      host: '127.0.0.1',
      port: gate.port,
      method,
      path,
      agent,
      headers: {
        Authorization: basic(who, passwordOf(who)),
        ...(body === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(body)) }),
        ...headers,
      },
    })
    sent.on('error', reject)
    sent.on('response', response => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const whole = Buffer.concat(chunks)
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: whole, text: whole.toString() })
      })
    })
    sent.end(body)
  })
}

const repositories = ['base/alpine', 'base/secret', 'other/app', 'shared', 'team/app', 'team/lib', 'zeta/app']

describe.each(['a registry elsewhere', 'the embedded registry'])('before %s', where => {
  const root = mkdtempSync(join(tmpdir(), 'portcullis-access-'))
  let registry: ServedRegistry
  let gate: Gate
  let blob = ''
  let manifest = { digest: '', text: '' }
  let other = { digest: '', text: '' }

  beforeAll(async () => {
    registry = await serveRegistry({ root })
    for (const repository of repositories) {
      const pushed = await pushImage(registry, repository, '1.0')
      if (repository === 'team/app') manifest = pushed
    }
    other = await pushImage(registry, 'team/app', 'other', { annotations: { other: 'yes' } })
    blob = await pushBlob(registry, 'other/app', 'what only other/app has')
    gate = await startGate(where === 'the embedded registry' ? 'embedded' : `http://127.0.0.1:${registry.port}`, {
      yaml,
      others: ['ci', 'mover', 'intern'],
      flags: ['--data', root, '--workers', '2'],
    })
  })
  afterAll(async () => {
    await gate?.stop()
    await registry.close()
    rmSync(root, { recursive: true, force: true })
  })

  it.each([
    ['intern', 'GET', '/v2/team/app/manifests/1.0', 200, ''],
    ['intern', 'GET', '/v2/', 200, ''],
    ['intern', 'GET', '/v2/shared/tags/list', 200, ''],
    ['intern', 'GET', '/v2/team/lib/manifests/1.0', 403, 'intern may not pull team/lib: no rule allows it'],
    ['intern', 'HEAD', '/v2/team/lib/manifests/1.0', 403, ''],
    ['intern', 'GET', '/v2/team/lib/tags/list', 403, 'intern may not pull team/lib: no rule allows it'],
    [
      'intern',
      'GET',
      '/v2/base/secret/manifests/1.0',
      403,
      'intern may not pull base/secret: denied by portcullis.yaml:7',
    ],
    ['intern', 'POST', '/v2/team/app/blobs/uploads/', 403, 'intern may not push team/app: no rule allows it'],
    ['intern', 'PUT', '/v2/team/app/manifests/1.0', 403, 'intern may not push team/app: no rule allows it'],
    ['intern', 'DELETE', '/v2/team/app/manifests/1.0', 403, 'intern may not delete team/app: no rule allows it'],
    ['intern', 'GET', '/v2/team/app/anything/else', 404, ''],
    ['intern', 'OPTIONS', '/v2/team/app/manifests/1.0', 405, ''],
    ['ci', 'DELETE', '/v2/team/app/manifests/1.0', 403, 'ci may not delete team/app: no rule allows it'],
    ['ci', 'GET', '/v2/other/app/blobs/BLOB', 403, 'ci may not pull other/app: no rule allows it'],
    ['ci', 'GET', '/v2/nowhere/manifests/1.0', 403, 'ci may not pull nowhere: no rule allows it'],
    ['alice', 'GET', '/v2/nowhere/manifests/1.0', 404, ''],
    ['alice', 'GET', '/v2/other/app/blobs/BLOB', 200, ''],
  ])('%s %s %s: %i %s', async (who, method, path, status, message) => {
    const answer = await ask(gate, who, method, path.replace('BLOB', blob))
    expect(answer.status).toBe(status)
    if (message !== '') expect(JSON.parse(answer.text).errors[0]).toMatchObject({ code: 'DENIED', message })
  })

  it.each([
    ['OPTIONS', '/v2/team/app/manifests/1.0', 'GET, HEAD, PUT, DELETE'],
    ['PUT', '/v2/team/app/tags/list', 'GET'],
    ['DELETE', '/v2/_catalog', 'GET'],
    ['PUT', '/v2/team/app/referrers/not-a-digest', undefined],
  ])('%s %s is told which methods there are: %s', async (method, path, allow) => {
    const { headers } = await ask(gate, 'alice', method, path)
    expect(headers.allow).toBe(allow)
  })

  it('a refusal names who, what, which repository and which rule for programs, too', async () => {
    const { text } = await ask(gate, 'intern', 'GET', '/v2/base/secret/manifests/1.0')
    expect(JSON.parse(text).errors[0].detail).toEqual({
      user: 'intern',
      action: 'pull',
      repository: 'base/secret',
      rule: 'portcullis.yaml:7',
    })
  })

  describe('a tag', () => {
    const put = (who: string, tag: string, text: string) =>
      ask(gate, who, 'PUT', `/v2/team/app/manifests/${tag}`, {
        body: text,
        headers: { 'Content-Type': ociManifestType },
      })

    it('that is new is a push, and the same manifest again is no overwrite', async () => {
      expect((await put('ci', 'fresh', other.text)).status).toBe(201)
      expect((await put('ci', 'fresh', other.text)).status).toBe(201)
    })

    it('that names another manifest is moved by those alone who may overwrite', async () => {
      await put('ci', 'moved', other.text)
      const refused = await put('ci', 'moved', manifest.text)
      expect(refused.status).toBe(403)
      expect(JSON.parse(refused.text).errors[0]).toEqual({
        code: 'DENIED',
        message: 'ci may not overwrite team/app:moved: no rule allows it',
        detail: { user: 'ci', action: 'overwrite', repository: 'team/app', tag: 'moved' },
      })
      expect((await ask(gate, 'ci', 'HEAD', '/v2/team/app/manifests/moved')).headers['docker-content-digest']).toBe(
        other.digest,
      )
      expect((await put('mover', 'moved', manifest.text)).status).toBe(201)
      await expect.poll(() => gate.log()).toContain(`"replaced":"${other.digest}"`)
    })

    it('may come as a parameter of a digest, and each one counts', async () => {
      await put('ci', 'first', other.text)
      const path = `/v2/team/app/manifests/${manifest.digest}?tag=brandnew&tag=first`
      const refused = await ask(gate, 'ci', 'PUT', path, {
        body: manifest.text,
        headers: { 'Content-Type': ociManifestType },
      })
      // The embedded registry gives no tags in this way.
      if (where === 'the embedded registry') expect(refused.status).toBe(201)
      else
        expect([refused.status, JSON.parse(refused.text).errors[0].message]).toEqual([
          403,
          'ci may not overwrite team/app:first: no rule allows it',
        ])
    })

    it('a manifest of more than 4 MiB is refused', async () => {
      const answer = await put('ci', 'large', ' '.repeat(4 * 1024 * 1024 + 1))
      expect(answer.status).toBe(413)
    })
  })

  describe('a mount', () => {
    const mount = (who: string, query: string, asked: Asked = {}) =>
      ask(gate, who, 'POST', `/v2/team/app/blobs/uploads/${query}`, asked)

    it('from where the user may pull is done', async () => {
      const own = await pushBlob(registry, 'team/lib', 'a blob of team/lib')
      expect((await mount('ci', `?mount=${own}&from=team%2Flib`)).status).toBe(201)
    })

    it.each([
      ['?mount=BLOB&from=other/app', 202],
      ['?from=other%2Fapp&mount=BLOB', 202],
      ['?mount=BLOB', 202],
      ['?mount=BLOB&from=', 202],
      ['?mount=BLOB&from=Other/App', 202],
      ['?mount=BLOB&from=team/app&from=other/app', 400],
      ['?mount=BLOB&%66rom=other/app', 400],
      ['?mount=BLOB&From=other/app', 400],
      ['?mount=BLOB&a=1;from=other/app', 400],
      ['?mount=BLOB&from=other/app%zz', 400],
    ])('%s is none', async (query, status) => {
      const answer = await mount('ci', query.replace('BLOB', blob))
      expect(answer.status).toBe(status)
      expect((await ask(gate, 'ci', 'HEAD', `/v2/team/app/blobs/${blob}`)).status).toBe(404)
    })

    it('leaves the other parameters byte for byte', async () => {
      const small = 'a small blob in one request'
      const query = `?mount=${blob}&x=%7e~+%20&from=other/app&digest=${digestOf(small)}`
      expect((await mount('ci', query, { body: small })).status).toBe(201)
    })
  })

  describe('the catalog', () => {
    it.each([
      ['alice', repositories],
      ['ci', ['shared', 'team/app', 'team/lib']],
      ['intern', ['base/alpine', 'shared', 'team/app']],
    ])('shows %s only what may be pulled', async (who, expected) => {
      const { status, text, headers } = await ask(gate, who, 'GET', '/v2/_catalog')
      expect([status, JSON.parse(text)]).toEqual([200, { repositories: expected }])
      expect(headers.link).toBeUndefined()
    })

    it.each([1, 2, 3, 6, 7])('in pages of %i names, all of them once', async n => {
      for (const [who, expected] of [
        ['alice', repositories],
        ['intern', ['base/alpine', 'shared', 'team/app']],
      ] as const) {
        const seen: string[] = []
        let path = `/v2/_catalog?n=${n}`
        for (let pages = 0; path !== '' && pages < 10; pages++) {
          const { text, headers } = await ask(gate, who, 'GET', path)
          const page: string[] = JSON.parse(text).repositories
          expect(page.length).toBeLessThanOrEqual(n)
          seen.push(...page)
          path = /^<(.*)>; rel="next"$/.exec(String(headers.link ?? ''))?.[1] ?? ''
          expect(path === '' || page.length === n).toBe(true)
        }
        expect(seen).toEqual(expected)
      }
    })

    it.each([
      ['?n=0', 200],
      ['?n=1000', 200],
      ['?n=1001', 200],
      ['?n=99999999999999999999', 200],
      ['?n=-1', 400],
      ['?n=many', 400],
    ])('answers %s as the registry does', async (query, status) => {
      expect((await ask(gate, 'intern', 'GET', `/v2/_catalog${query}`)).status).toBe(status)
      expect((await registry.call('GET', `/v2/_catalog${query}`)).status).toBe(status)
    })
  })
})
