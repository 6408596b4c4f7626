/** Who logs in again and again takes no identity token away that is in use: of too many, the one not used for longest goes. */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { maxPerUser } from '../../src/token/identity-token.js'
import { authorization, basic, type Gate, passwordOf, startGate, user } from './parts/gate.js'
import { eventually } from './parts/settle.js'
import { ask, issuedBy, post } from './parts/token-client.js'

const program = fileURLToPath(new URL('../../dist/main.js', import.meta.url))
const others = ['bob', 'carol', 'dora']

function start(dataFolder: string): Promise<Gate> {
  const flags = ['--workers', '2', '--data', dataFolder]
  return startGate('embedded', { flags, yaml: 'token: { identity: true }\n', others })
}

/** An identity token for a password, as docker asks for it. */
async function login(gate: Gate, who = authorization, client = 'docker'): Promise<string> {
  const path = `/auth/token?service=portcullis&offline_token=true&client_id=${client}`
  return issuedBy(await ask(gate.port, 'GET', path, { authorization: who })).refresh_token ?? ''
}

const use = async (gate: Gate, token: string) =>
  (await post(gate.port, `grant_type=refresh_token&refresh_token=${token}&service=portcullis`)).status

interface Listed {
  readonly id: string
  readonly user: string
  readonly client: string
  readonly lastUsed: string | null
}

/** What `portcullis tokens list --json` prints. */
async function listed(dataFolder: string): Promise<readonly Listed[]> {
  const args = [program, 'tokens', 'list', '--json', '--data', dataFolder]
  return JSON.parse((await promisify(execFile)(process.execPath, args)).stdout).tokens
}

const displaced = (gate: Gate, name: string) =>
  gate
    .log()
    .split('\n')
    .filter(line => line.includes('identity token gave way') && line.includes(`"user":"${name}"`))
    .map(line => JSON.parse(line))

describe('a shared account whose jobs log in more often than it may have identity tokens', () => {
  let dataFolder: string
  let gate: Gate
  beforeAll(async () => {
    dataFolder = mkdtempSync(join(tmpdir(), 'portcullis-token-uses-'))
    gate = await start(dataFolder)
  })
  afterAll(async () => {
    await gate?.stop()
    rmSync(dataFolder, { recursive: true, force: true })
  })

  it('keeps the token that a server uses after each login, and loses the one not used for longest', async () => {
    const server = await login(gate, authorization, 'server')
    const jobs: string[] = []
    for (let job = 0; job < maxPerUser + 5; job++) {
      jobs.push(await login(gate, authorization, `job-${job}`))
      expect(await use(gate, server), `after login ${job + 1}`).toBe(200)
    }
    // The token of the server and 49 others are left.
    const statuses = []
    for (const job of jobs.slice(0, 8)) statuses.push(await use(gate, job))
    expect(statuses).toEqual([401, 401, 401, 401, 401, 401, 200, 200])
    await eventually(
      () => gate.log(),
      () => displaced(gate, user.name).length === 6,
    )
    expect(displaced(gate, user.name).map(({ level, client }) => `${level} ${client}`)).toEqual(
      ['job-0', 'job-1', 'job-2', 'job-3', 'job-4', 'job-5'].map(client => `warn ${client}`),
    )
  })

  it('says when the lost one was used last, and nothing of the token itself', async () => {
    const who = basic('bob', passwordOf('bob'))
    const before = Date.now()
    const first = await login(gate, who, 'first')
    expect(await use(gate, first)).toBe(200)
    for (let count = 0; count < maxPerUser; count++) expect(await use(gate, await login(gate, who))).toBe(200)
    expect(await use(gate, first)).toBe(401)
    await eventually(
      () => gate.log(),
      () => displaced(gate, 'bob').length > 0,
    )
    const [line, ...more] = displaced(gate, 'bob')
    expect([line.client, more]).toEqual(['first', []])
    expect(Date.parse(line.lastUsed)).toBeGreaterThanOrEqual(before)
    expect(gate.log()).not.toContain(first.split('.')[1])
  })

  it('knows after a restart what was used before it', async () => {
    const who = basic('carol', passwordOf('carol'))
    const server = await login(gate, who, 'server')
    for (let count = 1; count < maxPerUser; count++) await login(gate, who, 'job')
    expect(await use(gate, server)).toBe(200)
    await gate.stop()
    gate = await start(dataFolder)
    for (let count = 1; count < maxPerUser; count++) await login(gate, who, 'later')
    const clients = (await listed(dataFolder)).filter(({ user: name }) => name === 'carol').map(({ client }) => client)
    expect(clients.filter(client => client !== 'later')).toEqual(['server'])
  })

  it('and at another gate on the same data folder', async () => {
    const who = basic('dora', passwordOf('dora'))
    const other = await start(dataFolder)
    try {
      const server = await login(gate, who, 'server')
      for (let count = 0; count < maxPerUser + 2; count++) {
        await login(other, who, 'job')
        expect(await use(gate, server), `after login ${count + 1}`).toBe(200)
      }
    } finally {
      await other.stop()
    }
  })

  it('and `tokens list` shows the last use', async () => {
    const before = Math.floor(Date.now() / 1_000) * 1_000
    const token = await login(gate, basic('dora', passwordOf('dora')), 'shown')
    const [id] = token.split('.')
    const shown = async () => (await listed(dataFolder)).find(each => each.id === id)
    expect(await shown()).toMatchObject({ client: 'shown', lastUsed: null })
    expect(await use(gate, token)).toBe(200)
    await eventually(
      () => 'no last use is shown',
      async () => Date.parse((await shown())?.lastUsed ?? '') >= before,
    )
  })
})
