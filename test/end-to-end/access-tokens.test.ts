/** Access rules in token mode: pulls without a login beside pushes with one, and what a token is worth when the rules say less. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ociManifestType, pushImage, type ServedRegistry, serveRegistry } from '../embedded-registry/serve-registry.js'
import { authorization, basic, type Gate, passwordOf, startGate } from './parts/gate.js'
import { ask, bearer, grantsOf, issuedBy, untilEverywhere } from './parts/token-client.js'

const yaml = `access:
  - { who: anonymous, repositories: "base/**", may: pull }
  - { who: alice, repositories: "**", may: [pull, push, overwrite, delete] }
  - { who: intern, repositories: "team/**", may: pull }
  - { who: intern, repositories: mine, may: [pull, push] }
`
const root = mkdtempSync(join(tmpdir(), 'portcullis-access-tokens-'))
let registry: ServedRegistry
let gate: Gate
let image = { digest: '', text: '' }
const intern = basic('intern', passwordOf('intern'))

beforeAll(async () => {
  registry = await serveRegistry({ root })
  await pushImage(registry, 'base/alpine', '1.0')
  await pushImage(registry, 'other', '1.0')
  image = await pushImage(registry, 'team/app', '1.0')
  const options = { yaml, others: ['intern'], flags: ['--workers', '2'] }
  gate = await startGate(`http://127.0.0.1:${registry.port}`, options)
})
afterAll(async () => {
  await gate?.stop()
  await registry.close()
  rmSync(root, { recursive: true, force: true })
})

const call = (method: string, target: string, authorization?: string, body = '', lines: readonly string[] = []) =>
  ask(gate.port, method, target, { ...(authorization === undefined ? {} : { authorization }), body, lines })
const tokenOf = async (authorization: string | undefined, ...scopes: string[]) =>
  issuedBy(await call('GET', `/auth/token?${scopes.map(scope => `scope=${scope}`).join('&')}`, authorization)).token
const challengeOf = (answer: { readonly headers: ReadonlyMap<string, readonly string[]> }) =>
  answer.headers.get('www-authenticate')?.[0]?.replace(/^.*service="portcullis",?/, '')

describe('without a login', () => {
  it('the root of the API asks for one, so that docker sends credentials at all', async () => {
    expect((await call('GET', '/v2/')).status).toBe(401)
  })

  it('what everybody may pull is served at once', async () => {
    expect((await call('GET', '/v2/base/alpine/manifests/1.0')).status).toBe(200)
  })

  it('everything else asks for a login', async () => {
    for (const [method, target, scope] of [
      ['GET', '/v2/team/app/manifests/1.0', 'repository:team/app:pull'],
      ['PUT', '/v2/base/alpine/manifests/1.0', 'repository:base/alpine:pull,push'],
      ['GET', '/v2/_catalog', 'registry:catalog:*'],
    ] as const) {
      const answer = await call(method, target)
      expect([answer.status, challengeOf(answer)]).toEqual([401, `scope="${scope}"`])
    }
  })

  it('a token says what everybody may, and is worth no more', async () => {
    const token = await tokenOf(undefined, 'repository:base/alpine:pull,push', 'repository:team/app:pull')
    expect(grantsOf(token)).toEqual(['repository:base/alpine:pull'])
    expect((await call('GET', '/v2/base/alpine/manifests/1.0', bearer(token))).status).toBe(200)
    const refused = await call('GET', '/v2/team/app/manifests/1.0', bearer(token))
    expect(refused.status).toBe(401)
    expect(challengeOf(refused)).toBe(
      'scope="repository:team/app:pull",error="insufficient_scope",error_description="anonymous may not pull team/app: no rule allows it"',
    )
    expect(JSON.parse(refused.body).errors[0]).toMatchObject({
      code: 'DENIED',
      message: 'anonymous may not pull team/app: no rule allows it',
    })
  })
})

describe('with a login', () => {
  it('a token grants what the rules leave of the request', async () => {
    const token = await tokenOf(
      intern,
      'repository:team/app:pull,push,delete',
      'repository:other:pull',
      'registry:catalog:*',
    )
    expect(grantsOf(token)).toEqual(['repository:team/app:pull', 'registry:catalog:*'])
    const catalog = await call('GET', '/v2/_catalog', bearer(token))
    expect(JSON.parse(catalog.body)).toEqual({ repositories: ['base/alpine', 'team/app'] })
  })

  it.each([
    ['a password', () => Promise.resolve(intern)],
    ['a token', async () => bearer(await tokenOf(intern, 'repository:team/app:pull,push'))],
  ])('a denial with %s tells who, what, where, and sends nobody for the same password again', async (_, prove) => {
    const refused = await call('POST', '/v2/team/app/blobs/uploads/', await prove())
    expect(refused.status).toBe(401)
    expect(challengeOf(refused)).toBe(
      'scope="repository:team/app:pull,push",error="insufficient_scope",error_description="intern may not push team/app: no rule allows it"',
    )
    expect(JSON.parse(refused.body).errors[0]).toEqual({
      code: 'DENIED',
      message: 'intern may not push team/app: no rule allows it',
      detail: { user: 'intern', action: 'push', repository: 'team/app' },
    })
    await expect.poll(() => gate.log()).toMatch(/"event":"denial".*"user":"intern"|"user":"intern".*"event":"denial"/)
  })

  it('a mount asks for a token that may read its source, unless the rules do not allow that', async () => {
    const own = bearer(await tokenOf(intern, 'repository:mine:pull,push'))
    const blob = JSON.parse(image.text).layers[0].digest
    const allowed = await call('POST', `/v2/mine/blobs/uploads/?mount=${blob}&from=team/app`, own)
    expect([allowed.status, challengeOf(allowed)]).toEqual([
      401,
      'scope="repository:mine:pull,push repository:team/app:pull",error="insufficient_scope"',
    ])
    const both = bearer(await tokenOf(intern, 'repository:mine:pull,push', 'repository:team/app:pull'))
    expect((await call('POST', `/v2/mine/blobs/uploads/?mount=${blob}&from=team/app`, both)).status).toBe(201)
    expect((await call('POST', `/v2/mine/blobs/uploads/?mount=${blob}&from=other`, own)).status).toBe(202)
  })

  it('a token may move a tag where its user may', async () => {
    const token = bearer(await tokenOf(authorization, 'repository:team/app:pull,push'))
    const other = image.text.replace('{', '{"annotations":{"moved":"yes"},')
    const put = () =>
      call('PUT', '/v2/team/app/manifests/moved', token, image.text, [`Content-Type: ${ociManifestType}`])
    expect((await put()).status).toBe(201)
    const moved = await call('PUT', '/v2/team/app/manifests/moved', token, other, [`Content-Type: ${ociManifestType}`])
    expect(moved.status).toBe(201)
  })
})

it('a rule that is taken away is gone for tokens that were issued before', async () => {
  const token = bearer(await tokenOf(intern, 'repository:team/app:pull'))
  const pull = () => call('GET', '/v2/team/app/manifests/1.0', token)
  expect((await pull()).status).toBe(200)
  const file = join(gate.folder, 'portcullis.yaml')
  writeFileSync(file, readFileSync(file, 'utf8').replace(/.*intern.*team.*\n/, ''))
  process.kill(gate.pid, 'SIGHUP')
  await untilEverywhere(pull, ({ status }) => status === 401)
})
