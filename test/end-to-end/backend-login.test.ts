/** A gate that logs in at its backend itself: its clients never see that password, nor a challenge that asks them for it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { type RequestOptions, request as requestHttps } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  type ChallengingRegistry,
  robot,
  robotBasic,
  startChallengingRegistry,
} from '../upstream-auth/challenging-registry.js'
import { authorization, type Gate, startGate, user } from './parts/gate.js'

let folder: string
let passwordFile: string
let registry: ChallengingRegistry
let gate: Gate | null

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'portcullis-login-'))
  passwordFile = join(folder, 'password')
  writeFileSync(passwordFile, `${robot.password}\n`, { mode: 0o600 })
  registry = await startChallengingRegistry()
  gate = null
})
afterEach(async () => {
  const log = gate?.log() ?? ''
  await gate?.stop()
  await registry.close()
  rmSync(folder, { recursive: true, force: true })
  for (const secret of [robot.password, robotBasic.slice(6), user.password, 'token-1'])
    expect(log).not.toContain(secret)
})

const withPassword = () => `{ username: ${robot.username}, password_file: ${passwordFile} }`
const start = async (login = withPassword(), more = ''): Promise<void> => {
  gate = await startGate(registry.url, { yaml: `backend_login: ${login}\n${more}`, flags: ['--workers', '1'] })
}

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

const target = (method: string, path: string): RequestOptions => ({
  host: '127.0.0.1',
  port: gate?.port,
  method,
  path,
  rejectUnauthorized: false,
  agent: false,
  headers: { Authorization: authorization, Host: 'registry.example.com' },
})

function ask(method: string, path: string, body?: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = requestHttps(target(method, path))
    sent.once('error', reject)
    sent.once('response', answer => {
      let text = ''
      answer.setEncoding('utf8').on('data', (piece: string) => {
        text += piece
      })
      answer.once('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: text }))
      answer.once('error', reject)
    })
    sent.end(body)
  })
}

/** `502 UNAVAILABLE`: of a refusal that says nothing about a login of the client. */
async function refused(method: string, path: string, body?: string): Promise<string> {
  const answer = await ask(method, path, body)
  expect(answer.headers['www-authenticate']).toBeUndefined()
  expect(answer.body).not.toContain('the registry itself says so')
  const { errors } = JSON.parse(answer.body)
  return `${answer.status} ${errors[0].code}: ${errors[0].message}`
}

const manifest = '/v2/team/app/manifests/1.0'

describe('a backend that asks for a password', () => {
  it('gets the one of the gate, whoever asks and however', async () => {
    registry.scheme = 'basic'
    await start()
    for (const method of ['GET', 'HEAD', 'DELETE']) expect((await ask(method, manifest)).status).toBe(200)
    expect((await ask('PUT', manifest, '{}')).status).toBe(200)
    expect(registry.requests).toEqual([
      'GET /v2/ nobody',
      ...['GET', 'HEAD', 'DELETE', 'PUT'].map(method => `${method} ${manifest} ${robotBasic}`),
    ])
  })

  it('and refuses it is a 502, and its challenge stays here', async () => {
    registry.scheme = 'basic'
    writeFileSync(passwordFile, 'wrong', { mode: 0o600 })
    await start()
    const expected = "502 UNAVAILABLE: the registry behind this gate refuses the gate's own login"
    expect(await refused('GET', '/v2/')).toBe(expected)
    expect(await refused('PUT', manifest, '{}')).toBe(expected)
  })

  it('has another one as soon as the file says so and the gate is told', async () => {
    registry.scheme = 'basic'
    writeFileSync(passwordFile, 'wrong', { mode: 0o600 })
    await start()
    expect((await ask('GET', '/v2/')).status).toBe(502)
    writeFileSync(passwordFile, robot.password, { mode: 0o600 })
    process.kill(gate?.pid ?? 0, 'SIGHUP')
    await expect.poll(async () => (await ask('GET', '/v2/')).status, { timeout: 10_000 }).toBe(200)
  })

  it('and does not when it is asked is told the name of the user, as any other', async () => {
    registry.scheme = 'none'
    await start()
    expect((await ask('GET', manifest)).status).toBe(200)
    const nameOnly = `Basic ${Buffer.from(`${user.name}:`).toString('base64')}`
    expect(registry.requests).toEqual(['GET /v2/ nobody', `GET ${manifest} ${nameOnly}`])
  })
})

describe('a backend that asks for tokens', () => {
  it('gets one for what is asked of it, and nobody else learns of them', async () => {
    registry.answer = (_, response) => response.writeHead(200, { 'Set-Cookie': 'sid=of-the-gate', ETag: '"1"' }).end()
    await start()
    const answer = await ask('GET', `${manifest}?ns=docker.io`)
    expect(answer).toMatchObject({ status: 200, headers: { etag: '"1"' } })
    expect(answer.headers['set-cookie']).toBeUndefined()
    expect((await ask('POST', '/v2/team/app/blobs/uploads/?mount=sha256:0&from=base/linux')).status).toBe(200)
    expect((await ask('GET', '/v2/_catalog')).status).toBe(200)
    expect((await ask('GET', '/v2/')).status).toBe(200)
    expect(registry.tokenRequests.map(({ query }) => query.getAll('scope'))).toEqual([
      ['repository:team/app:pull'],
      ['repository:team/app:pull,push', 'repository:base/linux:pull'],
      ['registry:catalog:*'],
      [],
    ])
    expect(registry.requests[1]).toBe(`GET ${manifest}?ns=docker.io Bearer token-1`)
  })

  it('gets none of a password where the login is anonymous', async () => {
    registry.account = null
    await start('anonymous')
    expect((await ask('GET', manifest)).status).toBe(200)
    expect(registry.tokenRequests.map(each => each.authorization)).toEqual([null])
  })

  it('is asked for one token by two hundred clients at the same moment', async () => {
    await start()
    const answers = await Promise.all(Array.from({ length: 200 }, () => ask('GET', manifest)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(200)
    expect(registry.tokenRequests).toHaveLength(1)
  })

  it('and forgets one in the middle is asked again, without the client noticing', async () => {
    await start()
    expect((await ask('GET', manifest)).status).toBe(200)
    const began = performance.now()
    // A token that has only just been issued is not replaced.
    await expect
      .poll(
        async () => {
          registry.revoke()
          return [(await ask('GET', manifest)).status, performance.now() - began > 1_000]
        },
        { timeout: 10_000, interval: 300 },
      )
      .toEqual([200, true])
    expect(registry.requests.filter(line => line.startsWith(`GET ${manifest}`)).at(-1)).not.toContain('token-1 ')
  })

  it('and forgets one before a push is a 502: a body cannot be sent twice', async () => {
    await start()
    expect((await ask('PUT', manifest, '{}')).status).toBe(200)
    registry.revoke()
    expect(await refused('PUT', manifest, 'x'.repeat(100_000))).toBe(
      "502 UNAVAILABLE: the registry behind this gate refuses the gate's own login",
    )
    await expect.poll(async () => (await ask('PUT', manifest, '{}')).status, { timeout: 10_000 }).toBe(200)
  })

  it('and says that the account of the gate may not do this is a 403', async () => {
    registry.answer = (_, response) =>
      response
        .writeHead(401, { 'WWW-Authenticate': 'Bearer realm="https://h/t",service="s",error="insufficient_scope"' })
        .end('the registry itself says so')
    await start()
    expect(await refused('GET', manifest)).toBe(
      '403 DENIED: the registry behind this gate does not let the gate itself do this',
    )
    expect(await refused('PUT', manifest, '{}')).toMatch(/^403 DENIED: /)
  })

  it('is asked with the same login what a tag names, before a rule lets it be moved', async () => {
    registry.answer = (request, response) => {
      request.resume()
      request.once('end', () => response.writeHead(request.method === 'HEAD' ? 404 : 201).end())
    }
    await start(withPassword(), 'access: [{ who: alice, repositories: "**", may: [pull, push] }]\n')
    expect((await ask('PUT', manifest, '{}')).status).toBe(201)
    registry.revoke()
    await expect.poll(async () => (await ask('PUT', manifest, '{}')).status, { timeout: 10_000 }).toBe(201)
    expect(registry.requests.slice(0, 3)).toEqual([
      'GET /v2/ nobody',
      `HEAD ${manifest} Bearer token-1`,
      `PUT ${manifest} Bearer token-1`,
    ])
  })

  it('and answers 403 or 404 itself is relayed', async () => {
    await start()
    for (const status of [403, 404]) {
      registry.answer = (_, response) => response.writeHead(status, { 'WWW-Authenticate': 'Basic realm="x"' }).end('{}')
      const answer = await ask('GET', manifest)
      expect(answer).toMatchObject({ status, body: '{}' })
      expect(answer.headers['www-authenticate']).toBeUndefined()
    }
  })

  it('gets whole bodies, and its redirects to a storage elsewhere pass as they are', async () => {
    const body = 'x'.repeat(3_000_000)
    let received = 0
    registry.answer = (request, response) => {
      request.on('data', (chunk: Buffer) => {
        received += chunk.length
      })
      request.once('end', () =>
        request.method === 'GET'
          ? response.writeHead(307, { Location: 'https://storage.example.com/blob?signature=a%2Fb' }).end()
          : response.writeHead(202, { Location: `${registry.url}/v2/team/app/blobs/uploads/1?_state=a%3D` }).end(),
      )
    }
    await start()
    const patched = await ask('PATCH', '/v2/team/app/blobs/uploads/1', body)
    expect(patched).toMatchObject({ status: 202, headers: { location: '/v2/team/app/blobs/uploads/1?_state=a%3D' } })
    expect(received).toBe(body.length)
    const redirected = await ask('GET', `/v2/team/app/blobs/sha256:${'0'.repeat(64)}`)
    expect(redirected).toMatchObject({
      status: 307,
      headers: { location: 'https://storage.example.com/blob?signature=a%2Fb' },
    })
  })
})

describe('a token service that', () => {
  const service = 'the token service of the registry behind this gate'
  const ways: readonly (readonly [string, ChallengingRegistry['answerToken'], string])[] = [
    ['fails', (_, response) => response.writeHead(500).end(), `502 UNAVAILABLE: ${service} cannot serve at the moment`],
    ['hangs up', (_, response) => response.socket?.destroy(), `502 UNAVAILABLE: ${service} cannot be reached`],
    ['talks nonsense', (_, response) => response.end('<html>'), `502 UNAVAILABLE: ${service} gave no valid answer`],
    [
      'talks without end',
      (_, response) => {
        const more = () => response.write('x'.repeat(10_000), error => (error ? undefined : more()))
        more()
      },
      `502 UNAVAILABLE: ${service} gave no valid answer`,
    ],
  ]
  it.each(ways)('%s is no matter of the client, and soon forgotten', async (_, answerToken, expected) => {
    await start()
    registry.answerToken = answerToken
    expect(await refused('GET', manifest)).toBe(expected)
    expect(await refused('PUT', manifest, 'x'.repeat(10_000))).toBe(expected)
    registry.answerToken = null
    await expect.poll(async () => (await ask('GET', manifest)).status, { timeout: 15_000 }).toBe(200)
  })

  it('refuses the password is not asked again for every request: accounts are locked for less', async () => {
    registry.account = 'another'
    await start()
    for (let round = 0; round < 5; round++)
      expect(await refused('GET', manifest)).toBe(
        "502 UNAVAILABLE: the registry behind this gate refuses the gate's own login",
      )
    expect(registry.tokenRequests).toHaveLength(1)
  })

  it('is slow makes its clients wait, and is asked once for all of them', async () => {
    await start()
    const waiting: ServerResponse[] = []
    registry.answerToken = (_, response) => void waiting.push(response)
    const asked = Array.from({ length: 20 }, () => ask('GET', manifest))
    await expect.poll(() => waiting.length, { timeout: 5_000 }).toBe(1)
    waiting[0]?.end(JSON.stringify({ token: registry.issue() }))
    expect(new Set((await Promise.all(asked)).map(({ status }) => status))).toEqual(new Set([200]))
    expect(registry.tokenRequests).toHaveLength(1)
  })

  it('is slow is not waited for where the client has left', async () => {
    await start()
    const waiting: ServerResponse[] = []
    registry.answerToken = (_, response) => void waiting.push(response)
    const leaving = requestHttps(target('PUT', manifest))
    leaving.on('error', () => {})
    leaving.write('half')
    await expect.poll(() => waiting.length, { timeout: 5_000 }).toBe(1)
    leaving.destroy()
    await expect.poll(() => gate?.log().includes(manifest), { timeout: 10_000 }).toBe(true)
    waiting[0]?.end(JSON.stringify({ token: registry.issue() }))
    registry.answerToken = null
    expect((await ask('GET', '/v2/')).status).toBe(200)
    expect(registry.requests.filter(line => line.startsWith('PUT'))).toEqual([])
  })
})
