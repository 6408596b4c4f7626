/** Tags that nobody moves and nobody deletes: the same before a registry elsewhere and before the embedded one, with rules and without. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { digestOf, ociIndexType, type ServedRegistry, serveRegistry } from '../embedded-registry/serve-registry.js'
import { ok, type Script } from './parts/faulty-backend.js'
import { authorization, type Gate, startGate } from './parts/gate.js'
import { gateBeforeBackend } from './parts/gate-before-backend.js'
import { type Answer, exchange, header, request } from './parts/raw-client.js'
import { eventually } from './parts/settle.js'

const immutable = 'immutable: ["v*", "team/lib:*"]\n'
const everything = 'access:\n  - { who: users, repositories: "**", may: [pull, push, overwrite, delete] }\n'

/** An index of nothing, which a registry takes without blobs. */
const index = (name: string) =>
  JSON.stringify({ schemaVersion: 2, mediaType: ociIndexType, manifests: [], annotations: { name } })
const [one, two] = [index('one'), index('two')]
const digests = new Map([
  ['ONE', digestOf(one)],
  ['TWO', digestOf(two)],
])

/** ONE and TWO in a path are the digests of the two. */
async function ask(gate: Gate, method: string, path: string, body = ''): Promise<Answer> {
  const target = path.replace(/ONE|TWO/, found => digests.get(found) ?? '')
  const lines = [`${method} ${target} HTTP/1.1`, 'Host: localhost', `Authorization: ${authorization}`]
  const length = body === '' ? [] : [`Content-Type: ${ociIndexType}`, `Content-Length: ${body.length}`]
  const [answer] = await exchange(gate.port, request([...lines, ...length], body))
  if (answer === undefined) throw new Error('no answer')
  return answer
}

describe.each([
  ['a registry elsewhere', 'without rules', immutable],
  ['a registry elsewhere', 'with rules that allow everything', immutable + everything],
  ['the embedded registry', 'without rules', immutable],
  ['the embedded registry', 'with rules that allow everything', immutable + everything],
])('before %s, %s', (where, _rules, yaml) => {
  const root = mkdtempSync(join(tmpdir(), 'portcullis-immutable-'))
  let registry: ServedRegistry
  let gate: Gate
  beforeAll(async () => {
    registry = await serveRegistry({ root })
    gate = await startGate(where === 'the embedded registry' ? 'embedded' : `http://127.0.0.1:${registry.port}`, {
      yaml,
      flags: ['--data', root, '--workers', '2'],
    })
  })
  afterAll(async () => {
    await gate?.stop()
    await registry.close()
    rmSync(root, { recursive: true, force: true })
  })

  const put = (image: string, manifest: string) =>
    ask(gate, 'PUT', `/v2/${image.replace(':', '/manifests/')}`, manifest)
  const remove = (repository: string, reference: string) =>
    ask(gate, 'DELETE', `/v2/${repository}/manifests/${reference}`)
  const named = async (image: string) =>
    header(await ask(gate, 'HEAD', `/v2/${image.replace(':', '/manifests/')}`), 'docker-content-digest')
  const refused = (answer: Answer, message: string) => {
    expect(answer.status).toBe(403)
    expect(JSON.parse(answer.body).errors[0]).toMatchObject({ code: 'DENIED', message })
  }

  it('a new one may be pushed, and the same manifest again', async () => {
    for (let time = 0; time < 2; time++) expect(await put('team/app:v1', one)).toMatchObject({ status: 201 })
    expect(await put('team/lib:latest', one)).toMatchObject({ status: 201 })
  })

  it('it is not moved, and the answer names tag and pattern', async () => {
    refused(await put('team/app:v1', two), 'tag v1 of team/app is immutable: "v*" in portcullis.yaml:1')
    refused(await put('team/lib:latest', two), 'tag latest of team/lib is immutable: "team/lib:*" in portcullis.yaml:1')
    expect(await named('team/app:v1')).toBe(digestOf(one))
    const lines = () =>
      gate
        .log()
        .split('\n')
        .filter(line => line.includes('"event":"denial"'))
    await eventually(gate.log, () => lines().length === 2)
    expect(lines()[0]).toContain('"reference":"v1"')
    expect(lines()[0]).toContain(String.raw`"reason":"tag v1 of team/app is immutable: \"v*\" in portcullis.yaml:1"`)
  })

  it('not by a parameter of a digest either', async () => {
    const answer = await ask(gate, 'PUT', '/v2/team/app/manifests/TWO?tag=next&tag=v1', two)
    // The embedded registry gives no tags in this way.
    if (where === 'the embedded registry') expect(answer.status).toBe(201)
    else refused(answer, 'tag v1 of team/app is immutable: "v*" in portcullis.yaml:1')
    expect(await named('team/app:v1')).toBe(digestOf(one))
  })

  it('other tags are moved, and those by which images are signed and described', async () => {
    for (const tag of ['latest', 'next', `sha256-${'a'.repeat(64)}`, `sha256-${'a'.repeat(64)}.sig`])
      for (const manifest of [one, two]) expect(await put(`team/app:${tag}`, manifest)).toMatchObject({ status: 201 })
    expect(await put(`team/lib:sha256-${'a'.repeat(64)}.att`, one)).toMatchObject({ status: 201 })
    expect(await put(`team/lib:sha256-${'a'.repeat(64)}.att`, two)).toMatchObject({ status: 201 })
    expect(await named('team/app:latest')).toBe(digestOf(two))
  })

  it('it is not deleted, by its name or by the digest that it names', async () => {
    for (const reference of ['v1', 'ONE'])
      refused(await remove('team/app', reference), 'tag v1 of team/app is immutable: "v*" in portcullis.yaml:1')
    expect(await named('team/app:v1')).toBe(digestOf(one))
  })

  it('other tags are deleted, and what no immutable tag names', async () => {
    expect(await remove('team/app', 'next')).toMatchObject({ status: 202 })
    expect(await remove('team/app', 'TWO')).toMatchObject({ status: 202 })
    expect(await ask(gate, 'HEAD', '/v2/team/app/manifests/latest')).toMatchObject({ status: 404 })
    expect(await put('other/app:dev', one)).toMatchObject({ status: 201 })
    expect(await remove('other/app', 'ONE')).toMatchObject({ status: 202 })
  })
})

describe('before a registry that is asked first', () => {
  const stage = gateBeforeBackend({ yaml: immutable, flags: ['--workers', '1'] })
  const tags = (names: readonly string[], headers: readonly string[] = []) =>
    ok(JSON.stringify({ name: 'team/app', tags: names }), headers)
  const head = (digest: string) =>
    ['HTTP/1.1 200 OK', `Docker-Content-Digest: ${digest}`, 'Content-Length: 0', '', ''].join('\r\n')
  const gone = 'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n'
  const broken = 'HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n'
  let answers: Map<string, string>
  const script: Script = ({ method, target }, socket) => void socket.write(answers.get(`${method} ${target}`) ?? ok())
  beforeEach(() => {
    answers = new Map()
    stage.backend.whenComplete = script
  })
  const seen = () =>
    stage.backend.requests.map(({ method, target }) => `${method} ${target.replace(/sha256:.*/, 'DIGEST')}`)
  const deleted = 'DELETE /v2/team/app/manifests/DIGEST'
  const list = 'GET /v2/team/app/tags/list?n=1000'

  it('a tag that is free to move costs no question', async () => {
    expect(await ask(stage.gate, 'PUT', '/v2/team/app/manifests/latest', one)).toMatchObject({ status: 200 })
    expect(seen()).toEqual(['PUT /v2/team/app/manifests/latest'])
  })

  it('a push of an immutable one waits for what it names', async () => {
    answers.set('HEAD /v2/team/app/manifests/v1', gone)
    expect(await ask(stage.gate, 'PUT', '/v2/team/app/manifests/v1', one)).toMatchObject({ status: 200 })
    expect(seen()).toEqual(['HEAD /v2/team/app/manifests/v1', 'PUT /v2/team/app/manifests/v1'])
  })

  it.each([
    ['a registry that fails', broken],
    ['an answer without a digest', ok()],
  ])('nothing is moved after %s', async (_title, said) => {
    answers.set('HEAD /v2/team/app/manifests/v1', said)
    expect(await ask(stage.gate, 'PUT', '/v2/team/app/manifests/v1', one)).toMatchObject({ status: 502 })
    expect(seen()).toEqual(['HEAD /v2/team/app/manifests/v1'])
  })

  it('a delete by digest looks at the immutable tags alone, on all pages', async () => {
    answers.set(list, tags(['dev', 'v1'], ['Link: </v2/team/app/tags/list?last=v1&n=1000>; rel="next"']))
    answers.set(`${list}&last=v1`, tags(['v2', 'x']))
    for (const tag of ['v1', 'v2']) answers.set(`HEAD /v2/team/app/manifests/${tag}`, head(digestOf(two)))
    expect(await ask(stage.gate, 'DELETE', '/v2/team/app/manifests/ONE')).toMatchObject({ status: 200 })
    expect(seen()).toEqual([
      list,
      `${list}&last=v1`,
      'HEAD /v2/team/app/manifests/v1',
      'HEAD /v2/team/app/manifests/v2',
      deleted,
    ])
    expect(await ask(stage.gate, 'DELETE', '/v2/team/app/manifests/TWO')).toMatchObject({ status: 403 })
    expect(seen().filter(line => line === deleted)).toHaveLength(1)
  })

  it.each<[string, string, number]>([
    ['has no such repository', gone, 200],
    ['has no tags', tags([]), 200],
    ['says null', ok('{"name":"team/app","tags":null}'), 200],
    ['fails', broken, 502],
    ['says something else', ok('[]'), 502],
    ['knows no last', tags(['a', 'v1'], ['Link: </v2/team/app/tags/list?last=v1>; rel="next"']), 502],
    ['has more of them than can be asked for', tags(Array.from({ length: 201 }, (_, at) => `v${at}`)), 403],
  ])('a delete by digest where the registry %s: %i', async (_title, said, status) => {
    answers.set(list, said)
    answers.set(`${list}&last=v1`, said)
    expect(await ask(stage.gate, 'DELETE', '/v2/team/app/manifests/ONE')).toMatchObject({ status })
    expect(seen().includes(deleted)).toBe(status === 200)
  })

  it('what means nothing to the gate changes nothing', async () => {
    expect(await ask(stage.gate, 'PUT', '/v2/Team/App/manifests/v1', one)).toMatchObject({ status: 400 })
    expect(await ask(stage.gate, 'DELETE', '/v2/team/app/manifests/v1/')).toMatchObject({ status: 404 })
    expect(seen()).toEqual([])
    expect(await ask(stage.gate, 'GET', '/v2/Team/App/manifests/v1')).toMatchObject({ status: 200 })
  })
})
