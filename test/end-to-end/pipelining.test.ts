/** Pipelined requests: one of a connection at a time, the next one is read when the answer before it has gone. */
import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { Agent } from 'node:https'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ok } from './parts/faulty-backend.js'
import { authorization, type Gate, startGate } from './parts/gate.js'
import { gateBeforeBackend } from './parts/gate-before-backend.js'
import { digestOf, pushBlob } from './parts/load.js'
import { connectRaw, type RawClient, request } from './parts/raw-client.js'
import { eventually } from './parts/settle.js'

const ask = (method: string, target: string, more: readonly string[] = [], body = '') =>
  request([`${method} ${target} HTTP/1.1`, 'Host: localhost', `Authorization: ${authorization}`, ...more], body)
const many = (count: number, text: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => text(index))
const whole = (client: RawClient) => client.answers().filter(answer => answer.complete).length
/** How often the text came; to parse all answers each time that something comes would take long. */
const times = (client: RawClient, text: string) => client.received().split(text).length - 1

/** Another client gets through, so the gate had its time for whatever it wants to do for the ones before. */
async function serveAnother(gate: Gate): Promise<void> {
  const client = await connectRaw(gate.port)
  client.send(ask('HEAD', '/v2/'))
  await client.until(() => client.answers(true).length === 1)
  client.destroy()
}

describe('on an address without TLS', () => {
  let gate: Gate
  beforeAll(async () => {
    const nginxConf =
      'server { listen 127.0.0.1:PORT; location /v2/ { auth_basic "R"; auth_basic_user_file htpasswd; proxy_pass http://127.0.0.1:1; } }'
    gate = await startGate('', { nginxConf, flags: ['--workers', '1'] })
  })
  afterAll(() => gate.stop())

  it('requests that are pipelined without a pause let another client through', async () => {
    const body = ask('GET', '/x')
    const greedy = Array.from({ length: 8 }, () => connect(gate.port, '127.0.0.1'))
    let answered = 0
    for (const socket of greedy) {
      socket.on('error', () => {})
      socket.on('data', (bytes: Buffer) => {
        answered += bytes.length
      })
      socket.write(body.repeat(10_000))
    }
    await eventually(
      () => 'no answer',
      () => answered > 0,
    )
    const other = connect(gate.port, '127.0.0.1')
    other.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n')
    await new Promise<void>(resolve => other.once('data', () => resolve()))
    const before = answered
    for (const socket of [...greedy, other]) socket.destroy()
    // An answer takes about 400 bytes: the other client did not wait until all 80,000 were answered.
    expect(before).toBeLessThan(80_000 * 200)
  })
})

describe('before a backend', () => {
  const stage = gateBeforeBackend()

  it('1,000 pipelined requests are forwarded one at a time, in their order', async () => {
    let underWay = 0
    let most = 0
    stage.backend.whenHead = () => {
      underWay++
      most = Math.max(most, underWay)
    }
    stage.backend.whenComplete = ({ target }, socket) =>
      // Later than the gate needs to begin with another one.
      setImmediate(() =>
        setImmediate(() => {
          underWay--
          socket.write(ok(target))
        }),
      )
    const targets = many(1_000, index => `/v2/team/app${index}/tags/list`)
    const client = await connectRaw(stage.gate.port)
    client.send(targets.map(target => ask('GET', target)).join(''))
    await client.until(() => times(client, '/tags/list') === targets.length, 50_000)
    client.destroy()
    expect(client.answers().map(answer => answer.body)).toEqual(targets)
    expect(stage.backend.requests.map(each => each.target)).toEqual(targets)
    expect(most).toBe(1)
  })

  // Where there is an Upgrade, Node's parser tells of no error in a body, and takes no byte behind it.
  describe.each([
    ['without Upgrade', ''],
    ['with Upgrade', 'Connection: upgrade\r\nUpgrade: websocket\r\n'],
  ])('400 for a malformed body in chunks %s', (_, lines) => {
    it.each([
      ['no size', 'no size\r\n'],
      ['more than the size', '5\r\nhello!!!!\r\n'],
      ['a second chunk that is none', `5;x\r\nhello\r\n${'a:b\r\n'.repeat(50)}`],
      ['a request behind what could be its end', `a\r\n${'a:b\r\n'.repeat(50)}0\r\n\r\n${ask('GET', '/v2/')}`],
    ])('%s', async (_, body) => {
      stage.backend.whenComplete = () => {}
      const client = await connectRaw(stage.gate.port)
      client.send(`${ask('PUT', '/v2/a/manifests/b', ['Transfer-Encoding: chunked']).slice(0, -2)}${lines}\r\n${body}`)
      await client.ended()
      expect(client.answers().map(answer => answer.status)).toEqual([400])
    })
  })

  it('a DELETE is not begun before the GET in front of it is answered', async () => {
    let answerGet = () => {}
    stage.backend.whenComplete = ({ method }, socket) => {
      if (method === 'GET') answerGet = () => socket.write(ok('first'))
      else socket.write(ok('second'))
    }
    const client = await connectRaw(stage.gate.port)
    client.send(ask('GET', '/v2/a/tags/list') + ask('DELETE', `/v2/a/manifests/sha256:${'0'.repeat(64)}`))
    await eventually(
      () => 'nothing is forwarded',
      () => stage.backend.requests.some(each => each.complete),
    )
    await serveAnother(stage.gate)
    expect(stage.backend.requests.map(each => each.method)).toEqual(['GET', 'HEAD'])
    answerGet()
    await client.until(() => whole(client) === 2)
    expect(client.answers().map(answer => answer.body)).toEqual(['first', 'second'])
    client.destroy()
  })

  it('bodies of pipelined pushes arrive whole, whatever is in them', async () => {
    const bodies = ['', 'x', '\r\n\r\n', ask('DELETE', '/v2/hidden/manifests/a'), '0\r\n\r\n', '\n\n'.repeat(40_000)]
    const chunked = (body: string) =>
      `${body === '' ? '' : `${body.length.toString(16)};a="b"\r\n${body}\r\n`}0\r\nTrailer: x\r\n\r\n`
    const pushes = bodies.flatMap(body => [
      ask('PATCH', '/v2/a/blobs/uploads/b', [`Content-Length: ${body.length}`], body),
      ask('PATCH', '/v2/a/blobs/uploads/b', ['Transfer-Encoding: chunked'], chunked(body)),
    ])
    stage.backend.whenComplete = ({ body }, socket) => socket.write(ok(Buffer.concat(body).toString('latin1')))
    const client = await connectRaw(stage.gate.port)
    client.send(pushes.join(''))
    await client.until(() => whole(client) === pushes.length)
    client.destroy()
    expect(client.answers().map(answer => answer.body)).toEqual(bodies.flatMap(body => [body, body]))
    expect(stage.backend.violations).toEqual([])
  })

  it('what comes behind a request that ends the connection is not read', async () => {
    const client = await connectRaw(stage.gate.port)
    client.send(ask('GET', '/v2/', ['Connection: close']) + ask('DELETE', `/v2/a/manifests/sha256:${'0'.repeat(64)}`))
    await client.ended()
    expect(whole(client)).toBe(1)
    expect(stage.backend.requests.map(each => each.method)).toEqual(['GET'])
  })

  it('an answer that ends the connection reaches a client that writes all its requests before it reads', async () => {
    const client = await connectRaw(stage.gate.port)
    client.socket.pause()
    const behind = Buffer.from(ask('GET', '/v2/app/tags/list').repeat(60_000))
    // Without a Host it is answered with 400 and `Connection: close`.
    client.send(request(['GET /v2/ HTTP/1.1']))
    const fault = await new Promise(written => client.socket.write(behind, written))
    client.socket.resume()
    await client.ended()
    expect(fault ?? null).toBeNull()
    expect(client.answers().map(answer => [answer.status, answer.complete])).toEqual([[400, true]])
    expect(stage.backend.requests).toEqual([])
  })

  it('garbage behind a request is refused when that one has its answer', async () => {
    stage.backend.whenComplete = (_, socket) => setImmediate(() => socket.write(ok('right')))
    const client = await connectRaw(stage.gate.port)
    client.send(`${ask('GET', '/v2/a/tags/list')}this is no request\r\n\r\n`)
    await client.ended()
    expect(client.answers().map(answer => answer.status)).toEqual([200, 400])
  })

  it('a client that has pipelined and left does not stay', async () => {
    const before = stage.gate.sockets()
    let answer = () => {}
    stage.backend.whenComplete = (_, socket) => {
      answer = () => socket.write(ok('x'.repeat(1_000_000)))
    }
    const client = await connectRaw(stage.gate.port)
    client.send(many(500, () => ask('GET', '/v2/a/tags/list')).join(''))
    await eventually(
      () => 'nothing is forwarded',
      () => stage.backend.requests.some(each => each.complete),
    )
    client.destroy()
    answer()
    await eventually(
      () => `${stage.gate.sockets()} sockets, ${before} before`,
      // The one to the backend may rest.
      () => stage.gate.sockets() <= before + 1,
    )
    expect(stage.backend.requests.length).toBeLessThan(3)
  })
})

describe('with an embedded registry', () => {
  let gate: Gate
  beforeAll(async () => {
    gate = await startGate('embedded', { flags: ['--workers', '1'] })
  })
  afterAll(() => gate.stop())

  const inWorkers = (count: (pid: number) => number) => gate.workers().reduce((sum, pid) => sum + count(pid), 0)
  const descriptors = () => inWorkers(pid => readdirSync(`/proc/${pid}/fd`).length)
  const memory = () =>
    inWorkers(pid => Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024)

  /** Sends all of it without reading an answer; resolves once the gate takes no more, or has everything. */
  async function sendUnread(bytes: Buffer): Promise<RawClient> {
    const client = await connectRaw(gate.port)
    client.socket.pause()
    client.send(bytes)
    let left = -1
    await eventually(
      () => `${client.socket.writableLength} bytes are left`,
      () => {
        const same = client.socket.writableLength === left || client.socket.writableLength === 0
        left = client.socket.writableLength
        return same
      },
    )
    return client
  }

  it('20,000 pipelined requests whose answers are not read take a bounded amount of memory', async () => {
    const requests = Buffer.from(request(['GET / HTTP/1.1', 'Host: localhost']).repeat(20_000))
    const clients: RawClient[] = []
    const open = async (count: number) => {
      for (let index = 0; index < count; index++) clients.push(await sendUnread(requests))
    }
    // The first ones also take what a heap takes before it is collected for the first time.
    await open(40)
    const before = memory()
    await open(100)
    const grown = memory() - before
    for (const client of clients) client.destroy()
    // Half a MiB each is what they hold; a heap is collected late. Handled all at once they took more than 10 MiB each.
    expect(grown).toBeLessThan(200)
  })

  it('answers of 2,000 pipelined requests come whole and in order', async () => {
    const client = await connectRaw(gate.port)
    const names = many(2_000, index => `/v2/team/app${index}/tags/list`)
    client.send(names.map(name => ask('GET', name)).join(''))
    await client.until(() => times(client, 'NAME_UNKNOWN') === names.length, 50_000)
    await client.until(() => client.received().endsWith('\n'))
    client.destroy()
    const told = client.answers().map(answer => [answer.status, JSON.parse(answer.body).errors[0].detail.name])
    expect(told).toEqual(names.map((_, index) => [404, `team/app${index}`]))
  })

  it('1,000 pipelined pulls of a layer open its file once', async () => {
    const layer = randomBytes(20 * 1024 * 1024)
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    expect(await pushBlob({ port: gate.port, authorization, agent }, 'team/app', layer)).toEqual([202, 202, 201])
    agent.destroy()
    const before = descriptors()
    const client = await sendUnread(Buffer.from(ask('GET', `/v2/team/app/blobs/${digestOf(layer)}`).repeat(1_000)))
    let most = 0
    let same = 0
    await eventually(
      () => `${descriptors()} descriptors, ${before} before`,
      () => {
        const now = descriptors()
        same = now === most ? same + 1 : 0
        most = Math.max(most, now)
        return same === 10
      },
    )
    // The connection, the file, and connections that are about to be closed.
    expect(most).toBeGreaterThan(before)
    expect(most).toBeLessThan(before + 5)
    client.destroy()
  })
})
