/** How long tokens live at a gate with two workers: what ends them at once, what does not, and what was never one. */
import { randomBytes } from 'node:crypto'
import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import bcrypt from 'bcryptjs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseHtpasswd } from '../../src/htpasswd/parse.js'
import { entryFingerprint } from '../../src/token/fingerprint.js'
import { readIdentityTokens, revokeIdentityToken } from '../../src/token/identity-files.js'
import { addSigningKey, readSigningKeys, removeSigningKey } from '../../src/token/key-files.js'
import { createKeyRing } from '../../src/token/key-ring.js'
import { createSigningKey } from '../../src/token/signing-key.js'
import { statePaths } from '../../src/token/state-folder.js'
import { readSecret } from '../../src/token/state-secret.js'
import { material, signed, widened } from '../token/forge.js'
import { byOurKey, otherTexts, withoutOurKey } from '../token/forgeries.js'
import { authorization, basic, type Gate, startGate, user } from './parts/gate.js'
import { exchange, request } from './parts/raw-client.js'
import { ask, bearer, issuedBy, post, untilEverywhere } from './parts/token-client.js'

let gate: Gate
beforeAll(async () => {
  gate = await startGate('embedded', { flags: ['--workers', '2'], yaml: 'token: { identity: true }\n' })
})
afterAll(async () => {
  await gate.stop()
})

const dataFolder = () => join(gate.folder, 'data')
const usersFile = () => join(gate.folder, 'htpasswd')
const push = 'repository:team/app:pull,push'
const login = (scope = push, who = authorization) =>
  ask(gate.port, 'GET', `/auth/token?service=portcullis&scope=${scope}&offline_token=true&client_id=docker`, {
    authorization: who,
  })
const tags = (token: string) => ask(gate.port, 'GET', '/v2/team/app/tags/list', { authorization: bearer(token) })
const refresh = (token = '') => post(gate.port, `grant_type=refresh_token&refresh_token=${token}&service=portcullis`)

/** What only somebody with the files of the gate can know. */
async function insideOf(name: string) {
  const { records } = await readSigningKeys(dataFolder())
  const [key] = records.values()
  const secret = await readSecret(statePaths(dataFolder()).secret)
  const entry = parseHtpasswd(readFileSync(usersFile(), 'utf8'), '').entries.get(name)
  if (key === undefined || secret === null || entry === undefined) throw new Error(`no key, no secret, or no ${name}`)
  return { key, user: name, entry: entryFingerprint(secret, entry) }
}

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
    const started = await ask(gate.port, 'POST', '/v2/team/app/blobs/uploads/', { authorization })
    const upload = started.headers.get('location')?.[0] ?? ''
    const old = { authorization: bearer(await tokenOfBefore(hour)) }
    expect((await ask(gate.port, 'PATCH', upload, { ...old, body: 'layer' })).status).toBe(202)
    expect((await ask(gate.port, 'GET', upload, old)).status).toBe(204)
    expect((await ask(gate.port, 'DELETE', upload, old)).status).toBe(204)
    for (const [method, path] of [
      ['POST', '/v2/team/app/blobs/uploads/'],
      ['GET', '/v2/team/app/tags/list'],
      ['PUT', '/v2/team/app/manifests/1.0'],
      ['GET', '/v2/'],
    ] as const) {
      const answer = await ask(gate.port, method, path, old)
      expect([method, path, answer.status]).toEqual([method, path, 401])
      expect(answer.headers.get('www-authenticate')?.[0]).toContain('error="invalid_token"')
    }
  })

  it('does so for a day', async () => {
    const path = '/v2/team/app/blobs/uploads/none'
    const status = async (age: number) =>
      (await ask(gate.port, 'GET', path, { authorization: bearer(await tokenOfBefore(age)) })).status
    expect(await status(24 * hour)).toBe(404)
    expect(await status(25 * hour)).toBe(401)
  })

  it('does so only for the repository that it is for', async () => {
    const old = { authorization: bearer(await tokenOfBefore(hour)) }
    const answer = await ask(gate.port, 'PATCH', '/v2/team/other/blobs/uploads/none', old)
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
    for (const pid of gate.workers()) process.kill(pid, 'SIGKILL')
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
    const started = await ask(gate.port, 'POST', '/v2/team/app/blobs/uploads/', mine)
    const upload = started.headers.get('location')?.[0] ?? ''
    expect((await ask(gate.port, 'PATCH', upload, { ...mine, body: 'half' })).status).toBe(202)
    write([alice, ...linesAfter()])
    const ms = await untilEverywhere(
      () => ask(gate.port, 'GET', upload, mine),
      ({ status }) => status === 401,
    )
    console.log(`a token of a user who changed: refused everywhere after ${Math.round(ms)} ms`)
    expect(ms).toBeLessThan(3_000)
    expect((await tags(token)).status).toBe(401)
    expect((await refresh(identity)).status).toBe(401)
    expect((await tags(issuedBy(await login()).token)).status).toBe(404)
  })
})

it('a new signing key is announced, and signs when all gates know it', async () => {
  const { token } = issuedBy(await login())
  await addSigningKey(
    dataFolder(),
    await createSigningKey({ id: 'key-2', now: Date.now(), signsFrom: Date.now(), random: randomBytes }),
  )
  const keyOf = (text: string) => text.split('.')[0]
  await untilEverywhere(login, answer => keyOf(issuedBy(answer).token) !== keyOf(token))
  expect((await tags(token)).status).toBe(404)
  expect(gate.log()).toContain('"keys":["key-1","key-2"]')
  await removeSigningKey(dataFolder(), 'key-1')
  await untilEverywhere(
    () => tags(token),
    ({ status }) => status === 401,
  )
})

describe('a reload', () => {
  it('turns tokens off and on again, and what was issued stays good', async () => {
    const yaml = join(gate.folder, 'portcullis.yaml')
    const challenge = async () => (await ask(gate.port, 'GET', '/v2/')).headers.get('www-authenticate')?.[0] ?? ''
    const reload = async (text: string, kind: RegExp) => {
      writeFileSync(yaml, text)
      process.kill(gate.pid, 'SIGHUP')
      await expect.poll(challenge, { timeout: 15_000 }).toMatch(kind)
    }
    const { token, refresh_token: identity } = issuedBy(await login())
    await reload('', /^Basic /)
    expect((await ask(gate.port, 'GET', '/auth/token', { authorization })).status).toBe(404)
    expect((await tags(token)).status).toBe(404)
    await reload('token: { identity: true, lifetime: 600 }\n', /^Bearer /)
    expect((await tags(token)).status).toBe(404)
    expect(issuedBy(await refresh(identity)).expires_in).toBe(600)
  })
})

describe('a second gate', () => {
  it('takes the tokens of the first where both have one data folder', async () => {
    const flags = ['--workers', '2', '--data', dataFolder(), '--htpasswd', usersFile()]
    const other = await startGate('embedded', { flags, yaml: 'token: { identity: true }\n' })
    try {
      const { token, refresh_token: identity } = issuedBy(await login())
      const there = { authorization: bearer(token) }
      expect((await ask(other.port, 'GET', '/v2/', there)).status).toBe(200)
      const form = `grant_type=refresh_token&refresh_token=${identity}`
      await untilEverywhere(
        () => post(other.port, form),
        ({ status }) => status === 200,
      )
      const back = issuedBy(await post(other.port, form)).token
      expect((await ask(gate.port, 'GET', '/v2/', { authorization: bearer(back) })).status).toBe(200)
    } finally {
      await other.stop()
    }
  })

  it('takes them in basic mode too, and none where it has a data folder of its own', async () => {
    const { token } = issuedBy(await login())
    const users = ['--htpasswd', usersFile()]
    const same = await startGate('embedded', { flags: [...users, '--data', dataFolder()] })
    const apart = await startGate('embedded', { flags: users, yaml: 'token: {}\n' })
    const basicOnly = await startGate('embedded', { flags: users })
    try {
      const status = async ({ port }: Gate) => (await ask(port, 'GET', '/v2/', { authorization: bearer(token) })).status
      expect([await status(same), await status(apart), await status(basicOnly)]).toEqual([200, 401, 401])
      const challenge = (await ask(same.port, 'GET', '/v2/')).headers.get('www-authenticate')
      expect(challenge).toEqual(['Basic realm="Portcullis"'])
      expect((await ask(same.port, 'GET', '/auth/token', { authorization })).status).toBe(404)
    } finally {
      await Promise.all([same.stop(), apart.stop(), basicOnly.stop()])
    }
  })
})

it('takes no forged token, whoever has signed it', async () => {
  // The user of whom the forgeries speak: nothing but the token itself is to be wrong.
  appendFileSync(usersFile(), `admin:${bcrypt.hashSync('pass-phrase-of-admin', 4)}\n`)
  await untilEverywhere(
    () => login(push, basic('admin', 'pass-phrase-of-admin')),
    ({ status }) => status === 200,
  )
  const given = await material(await insideOf('admin'))
  const statusOf = async (token: string) => {
    const lines = ['GET /v2/ HTTP/1.1', 'Host: localhost', `Authorization: Bearer ${token}`]
    return (await exchange(gate.port, request(lines)))[0]?.status ?? 0
  }
  const rows = [...withoutOurKey, ...otherTexts, ...byOurKey]
  const accepted: string[] = []
  for (const [what, forge] of rows) {
    const token = forge(given)
    // Blanks around it belong to the header.
    if (token.trim() === given.token) continue
    const status = await statusOf(token)
    if (![400, 401, 431].includes(status)) accepted.push(`${what}: ${status}`)
  }
  expect(accepted).toEqual([])
  expect(await statusOf(signed(given.header, widened(given.payload), given.ourKey))).toBe(200)
})

it('writes nothing into its log that opens anything', () => {
  const log = gate.log()
  expect(log).toContain('"login-failure"')
  expect(log).not.toMatch(/eyJ|refresh_token|pass-phrase|Bearer|PRIVATE KEY/)
  expect(log).not.toContain(authorization.slice('Basic '.length))
})
