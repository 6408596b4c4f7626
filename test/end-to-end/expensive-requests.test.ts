/** Requests that cost much work: a few of one user at the same time, the others of the same user wait, and everybody else gets through. */
import { rmSync } from 'node:fs'
import { Agent } from 'node:https'
import type { Socket } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { digestOf } from '../embedded-registry/serve-registry.js'
import { rootInMemory, storeRepositories } from '../embedded-registry/stored-by-hand.js'
import { ok } from './parts/faulty-backend.js'
import { basic, type Gate, passwordOf, startGate } from './parts/gate.js'
import { gateBeforeBackend } from './parts/gate-before-backend.js'
import { connectRaw, header, type RawClient, request } from './parts/raw-client.js'
import { eventually } from './parts/settle.js'
import { ask } from './parts/token-client.js'

const as = (name: string) => basic(name, passwordOf(name))
const linesOf = (name: string, method: string, target: string) => [
  `${method} ${target} HTTP/1.1`,
  'Host: localhost',
  'Connection: close',
  ...(name === '' ? [] : [`Authorization: ${as(name)}`]),
]

describe('before a registry that takes long', () => {
  const stage = gateBeforeBackend({
    flags: ['--workers', '1'],
    others: ['bob'],
    yaml: 'access: [{ who: users, repositories: "**", may: [pull, delete] }]\nimmutable: ["v*"]\n',
  })
  /** What waits for its answer at the backend, and how that is given. */
  const held: { readonly target: string; readonly socket: Socket }[] = []
  const clients: RawClient[] = []
  beforeEach(() => {
    held.length = 0
    stage.backend.whenComplete = ({ target }, socket) => {
      if (target.includes('_catalog') || target.includes('/tags/list')) held.push({ target, socket })
      else socket.write(ok())
    }
    return () => {
      for (const client of clients.splice(0)) client.destroy()
    }
  })
  const release = () => {
    for (const { target, socket } of held.splice(0))
      socket.write(ok(target.includes('_catalog') ? '{"repositories":["a"]}' : '{"tags":["latest"]}'))
  }
  const begin = async (name: string, method: string, target: string) => {
    const client = await connectRaw(stage.gate.port)
    clients.push(client)
    client.send(request(linesOf(name, method, target)))
    return client
  }
  const beginMany = (count: number, name: string, method: string, target: string) =>
    Promise.all(Array.from({ length: count }, () => begin(name, method, target)))
  const statuses = async (asked: readonly RawClient[]) => {
    await eventually(
      () => `${held.length} held`,
      () => {
        release()
        return asked.every(client => client.answers().length > 0)
      },
    )
    return asked.map(client => client.answers()[0]?.status)
  }
  const heldOnce = (count: number) =>
    eventually(
      () => `${held.length} instead of ${count}`,
      () => held.length === count,
    )

  it.each([
    ['GET', '/v2/_catalog', 200],
    ['DELETE', `/v2/a/manifests/${digestOf('x')}`, 200],
  ])('%s %s: four of one user at the same time, then the others', async (method, target, status) => {
    const asked = await beginMany(10, 'alice', method, target)
    await heldOnce(4)
    // Others and other requests do not wait; they pass the six that do.
    const other = await begin('bob', method, target)
    await heldOnce(5)
    expect((await ask(stage.gate.port, 'GET', '/v2/', { authorization: as('alice') })).status).toBe(200)
    expect(held).toHaveLength(5)
    expect(await statuses([...asked, other])).toEqual(Array.from({ length: 11 }, () => status))
  })

  it('429 with Retry-After beyond a hundred that wait, for this user alone', async () => {
    const asked = await beginMany(110, 'alice', 'GET', '/v2/_catalog')
    await eventually(
      () => 'no answers',
      () => asked.filter(client => client.answers().length > 0).length === 6,
    )
    const refused = asked.flatMap(client => client.answers())
    for (const answer of refused) {
      expect([answer.status, header(answer, 'retry-after')]).toEqual([429, '5'])
      expect(JSON.parse(answer.body).errors[0]).toMatchObject({ code: 'TOOMANYREQUESTS' })
    }
    expect(held).toHaveLength(4)
    expect(await statuses([await begin('bob', 'GET', '/v2/_catalog')])).toEqual([200])
    expect((await statuses(asked)).filter(status => status === 200)).toHaveLength(104)
  })

  it('clients that leave while they wait leave their places to others, and nothing is asked for them', async () => {
    const asked = await beginMany(104, 'alice', 'GET', '/v2/_catalog')
    await heldOnce(4)
    const before = stage.backend.requests.length
    for (const client of asked) client.destroy()
    const behind = await beginMany(3, 'alice', 'GET', '/v2/_catalog')
    expect(await statuses(behind)).toEqual([200, 200, 200])
    expect(stage.backend.requests.length).toBeLessThanOrEqual(before + 3)
  })
})

describe('the embedded registry with 3,000 repositories', () => {
  const root = rootInMemory()
  const agent = new Agent({ keepAlive: true })
  let gate: Gate
  beforeAll(async () => {
    storeRepositories(
      root,
      Array.from({ length: 3_000 }, (_, index) => `team-${index % 30}/app-${index}`),
    )
    gate = await startGate('embedded', {
      flags: ['--data', root, '--workers', '1'],
      others: ['deep', 'one'],
      yaml: 'access:\n  - { who: deep, repositories: "**/x", may: pull }\n  - { who: one, repositories: team-7/app-7, may: pull }\n',
    })
  })
  afterAll(async () => {
    agent.destroy()
    await gate?.stop()
    rmSync(root, { recursive: true, force: true })
  })

  it('answers others while twenty catalogs are looked for', async () => {
    const order: string[] = []
    const get = async (name: string, target: string) => {
      const { status, body } = await ask(gate.port, 'GET', target, { authorization: as(name) })
      order.push(`${name} ${target} ${status}`)
      return body
    }
    const catalogs = Array.from({ length: 20 }, () => get('deep', '/v2/_catalog'))
    const others = [get('one', '/v2/'), get('one', '/v2/_catalog'), get('one', '/v2/team-7/app-7/tags/list')]
    expect(JSON.parse((await others[1]) ?? '')).toEqual({ repositories: ['team-7/app-7'] })
    await Promise.all([...catalogs, ...others])
    expect(order.slice(-5)).toEqual(Array.from({ length: 5 }, () => 'deep /v2/_catalog 200'))
  })
})
