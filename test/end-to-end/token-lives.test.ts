/** How long tokens live at a gate with two workers: what ends them at once, and what does not. */
import { randomBytes } from 'node:crypto'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import bcrypt from 'bcryptjs'
import { describe, expect, it } from 'vitest'
import { writePrivateFile } from '../../src/files/private-file.js'
import { readIdentityTokens, revokeIdentityToken } from '../../src/token/identity-files.js'
import { makeIdentityToken } from '../../src/token/identity-token.js'
import { createKeyRing } from '../../src/token/key-ring.js'
import { statePaths } from '../../src/token/state-folder.js'
import { authorization, basic, user } from './parts/gate.js'
import { gateWithTokens, push } from './parts/gate-with-tokens.js'
import { ask, bearer, issuedBy, untilEverywhere } from './parts/token-client.js'

const stage = gateWithTokens()
const { dataFolder, usersFile, login, tags, refresh, insideOf } = stage
const port = () => stage.gate.port

async function tokenOfBefore(milliseconds: number): Promise<string> {
  const { key, user: name, entry } = await insideOf(user.name)
  const names = { issuer: 'portcullis', service: 'portcullis', lifetimeSeconds: 300, tokenId: () => 'before' }
  const access = [{ type: 'repository', name: 'team/app', actions: ['pull', 'push'] }]
  const ring = createKeyRing({ keys: [key], ...names })
  return (await ring.issue({ user: name, entry, access }, Date.now() - milliseconds)).token
}

const minute = 60_000
const hour = 60 * minute

describe('a token whose only fault is its age', () => {
  it('still ends an upload that it has begun, and nothing else', async () => {
    const started = await ask(port(), 'POST', '/v2/team/app/blobs/uploads/', { authorization })
    const upload = started.headers.get('location')?.[0] ?? ''
    const old = { authorization: bearer(await tokenOfBefore(hour)) }
    expect((await ask(port(), 'PATCH', upload, { ...old, body: 'layer' })).status).toBe(202)
    expect((await ask(port(), 'GET', upload, old)).status).toBe(204)
    expect((await ask(port(), 'DELETE', upload, old)).status).toBe(204)
    for (const [method, path] of [
      ['POST', '/v2/team/app/blobs/uploads/'],
      ['GET', '/v2/team/app/tags/list'],
      ['PUT', '/v2/team/app/manifests/1.0'],
      ['GET', '/v2/'],
    ] as const) {
      const answer = await ask(port(), method, path, old)
      expect([method, path, answer.status]).toEqual([method, path, 401])
      expect(answer.headers.get('www-authenticate')?.[0]).toContain('error="invalid_token"')
    }
  })

  it('does so for a day', async () => {
    const path = '/v2/team/app/blobs/uploads/none'
    const status = async (age: number) =>
      (await ask(port(), 'GET', path, { authorization: bearer(await tokenOfBefore(age)) })).status
    expect(await status(24 * hour)).toBe(404)
    expect(await status(25 * hour)).toBe(401)
  })

  it('does so only for the repository that it is for', async () => {
    const old = { authorization: bearer(await tokenOfBefore(hour)) }
    const answer = await ask(port(), 'PATCH', '/v2/team/other/blobs/uploads/none', old)
    expect([answer.status, answer.headers.get('www-authenticate')?.[0]]).toEqual([
      401,
      expect.stringContaining('error="insufficient_scope"'),
    ])
  })
})

describe('an identity token', () => {
  it('stands for its user until it is revoked, at both workers', async () => {
    const { refresh_token: token } = issuedBy(await login())
    await untilEverywhere(
      () => refresh(token),
      ({ status }) => status === 200,
    )
    const [id = ''] = token?.split('.') ?? []
    expect((await readIdentityTokens(dataFolder())).records.get(id)).toMatchObject({
      user: user.name,
      client: 'docker',
    })
    expect(await revokeIdentityToken(dataFolder(), id)).toBe(true)
    const ms = await untilEverywhere(
      () => refresh(token),
      ({ status }) => status === 401,
    )
    console.log(`a revoked identity token: refused everywhere after ${Math.round(ms)} ms`)
    expect(ms).toBeLessThan(3_000)
  })

  it('is known to both workers before its client is', async () => {
    for (let round = 0; round < 10; round++) {
      const { refresh_token: token } = issuedBy(await login())
      expect([(await refresh(token)).status, (await refresh(token)).status]).toEqual([200, 200])
    }
  })

  it('that another gate has made a moment ago counts at once', async () => {
    const { user: name, entry, secret } = await insideOf(user.name)
    for (let round = 0; round < 10; round++) {
      const making = { user: name, client: 'docker', entry, now: Date.now(), random: randomBytes, secret }
      const { record, text } = makeIdentityToken(making)
      const { id, createdAt, ...rest } = record
      const file = join(statePaths(dataFolder()).identityTokens, `${id}.json`)
      await writePrivateFile(file, JSON.stringify({ ...rest, createdAt: new Date(createdAt).toISOString() }))
      expect((await refresh(text.reveal())).status).toBe(200)
    }
  })

  it('that cannot be kept is not given to anybody', async () => {
    const folder = statePaths(dataFolder()).identityTokens
    rmSync(folder, { recursive: true })
    writeFileSync(folder, 'in the way')
    expect((await login()).status).toBe(503)
    rmSync(folder)
    await untilEverywhere(login, ({ status }) => status === 200)
  })

  it('outlives the worker that made it', async () => {
    const { refresh_token: token } = issuedBy(await login())
    for (const pid of stage.gate.workers()) process.kill(pid, 'SIGKILL')
    await untilEverywhere(
      () => refresh(token),
      ({ status }) => status === 200,
    )
  })
})

describe('a user who changes', () => {
  const write = (lines: readonly string[]) => writeFileSync(usersFile(), lines.map(line => `${line}\n`).join(''))
  const lineOf = (name: string, password: string) => `${name}:${bcrypt.hashSync(password, 4)}`
  const bob = basic('bob', 'pass-phrase-of-bob')

  it.each([
    ['by being removed', () => []],
    ['by another password', () => [lineOf('bob', 'another-pass-phrase-of-bob')]],
  ])('%s loses every token, in the middle of a push', async (_, linesAfter) => {
    const alice = readFileSync(usersFile(), 'utf8').split('\n')[0] ?? ''
    write([alice, lineOf('bob', 'pass-phrase-of-bob')])
    await untilEverywhere(
      () => login(push, bob),
      ({ status }) => status === 200,
    )
    const { token, refresh_token: identity } = issuedBy(await login(push, bob))
    const mine = { authorization: bearer(token) }
    const started = await ask(port(), 'POST', '/v2/team/app/blobs/uploads/', mine)
    const upload = started.headers.get('location')?.[0] ?? ''
    expect((await ask(port(), 'PATCH', upload, { ...mine, body: 'half' })).status).toBe(202)
    write([alice, ...linesAfter()])
    const ms = await untilEverywhere(
      () => ask(port(), 'GET', upload, mine),
      ({ status }) => status === 401,
    )
    console.log(`a token of a user who changed: refused everywhere after ${Math.round(ms)} ms`)
    expect(ms).toBeLessThan(3_000)
    expect((await tags(token)).status).toBe(401)
    expect((await refresh(identity)).status).toBe(401)
    expect((await tags(issuedBy(await login()).token)).status).toBe(404)
  })
})

it('writes nothing into its log that opens anything', () => {
  const log = stage.gate.log()
  expect(log).toContain('"login-failure"')
  expect(log).not.toMatch(/eyJ|refresh_token|pass-phrase|Bearer|PRIVATE KEY/)
  expect(log).not.toContain(authorization.slice('Basic '.length))
})
