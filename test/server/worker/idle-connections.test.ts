/** Connections that wait for their next request free Node's parser, and behave as if they had kept it. */
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer as createHttpServer, type Server, type ServerOptions } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { certificateFiles, createInFolder } from '../../../src/certificates/create-in-folder.js'
import { createIdleSet } from '../../../src/server/worker/idle-set.js'
import { serializeRequests } from '../../../src/server/worker/pipelining.js'
import { eventually } from '../../end-to-end/parts/settle.js'

const folder = mkdtempSync(join(tmpdir(), 'portcullis-idle-'))
const open = new Set<{ close(): void }>()
let certificate: ServerOptions & { cert: Buffer; key: Buffer }

beforeAll(async () => {
  const names = { hosts: ['localhost'], addresses: [] }
  await createInFolder({ folder, names, algorithm: 'ecdsa', days: 30, authority: false, force: false, now: new Date() })
  const { cert, key } = certificateFiles(folder)
  certificate = { cert: readFileSync(cert), key: readFileSync(key) }
})
afterEach(() => {
  for (const one of open) one.close()
  open.clear()
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface Stage {
  readonly client: Socket
  /** Of TCP. */
  readonly below: Socket
  /** The server's end of it. */
  readonly served: Socket
  /** Everything that came so far. */
  received(): string
  /** Resolves once so many requests have been answered. */
  answered(times: number): Promise<void>
  /** Resolves once the parser is free. */
  resting(): Promise<void>
}

/** A server that answers `right`, and a client whose first request it has answered. */
async function answeredOnce(tls: boolean, options: ServerOptions = {}): Promise<Stage> {
  const server: Server = tls ? createHttpsServer({ ...certificate, ...options }) : createHttpServer(options)
  const sockets: Socket[] = []
  server.on('request', (request, response) => {
    sockets.push(request.socket)
    response.end('right')
  })
  server.on('clientError', (_, socket) => socket.end('HTTP/1.1 400 broken\r\nContent-Length: 0\r\n\r\n'))
  serializeRequests(server, 5)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  const at = { host: '127.0.0.1', port: typeof address === 'object' && address !== null ? address.port : 0 }
  const below = connect({ ...at, allowHalfOpen: true })
  const client = tls ? connectTls({ socket: below, rejectUnauthorized: false }) : below
  open.add({
    close() {
      client.destroy()
      server.close()
    },
  })
  let text = ''
  client.on('data', bytes => {
    text += bytes.toString()
  })
  for (const socket of [client, below]) socket.on('error', () => {})
  await once(client, tls ? 'secureConnect' : 'connect')
  const answered = (times: number) =>
    eventually(
      () => `received: ${text}`,
      () => text.split('right').length - 1 === times,
    )
  client.write(get)
  await answered(1)
  const [served] = sockets
  if (served === undefined) throw new Error('an answer without a request')
  const resting = () =>
    eventually(
      () => 'the parser is not free',
      // Node's own property.
      () => Reflect.get(served, 'parser') === null,
    )
  await resting()
  return { client, below, served, received: () => text, answered, resting }
}

const get = 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'

describe.each([
  ['TLS', true],
  ['plain HTTP', false],
])('an idle connection with %s', (_, tls) => {
  it('serves one request after another, and collects nothing', async () => {
    const { client, served, answered, resting } = await answeredOnce(tls)
    const listeners = () => served.eventNames().map(event => [String(event), served.listenerCount(event)])
    const first = listeners()
    for (let times = 2; times < 15; times++) {
      // A head that comes in two pieces.
      client.write(get.slice(0, times))
      await eventually(
        () => 'nothing has come',
        () => Reflect.get(served, 'parser') !== null,
      )
      client.write(get.slice(times))
      await answered(times)
      await resting()
    }
    expect(listeners()).toEqual(first)
  })

  it('is closed when the client ends it', async () => {
    const { client, served } = await answeredOnce(tls)
    client.end()
    await once(client, 'close')
    expect(served.destroyed).toBe(true)
  })

  it('is closed when the client resets it', async () => {
    const { below, served } = await answeredOnce(tls)
    below.resetAndDestroy()
    await eventually(
      () => 'the connection is open',
      () => served.destroyed,
    )
  })

  it('is closed at the end of keepAliveTimeout', async () => {
    const { client, served } = await answeredOnce(tls, { keepAliveTimeout: 1 })
    client.on('end', () => client.end())
    await once(client, 'close')
    expect(served.destroyed).toBe(true)
  })

  it('is closed at the end of headersTimeout once a head has begun', async () => {
    const { client, received } = await answeredOnce(tls, { headersTimeout: 100, connectionsCheckingInterval: 20 })
    client.on('end', () => client.end())
    client.write('GET / HTTP')
    await once(client, 'close')
    expect(received()).toContain('400 broken')
  })

  it('refuses what is no request', async () => {
    const { client, received } = await answeredOnce(tls)
    client.on('end', () => client.end())
    client.write('no request\r\n\r\n')
    await once(client, 'close')
    expect(received()).toContain('400 broken')
  })
})

it('members of an idle set are told of once, and not those that left it', async () => {
  const told: string[] = []
  const set = createIdleSet<string>(5, member => told.push(member))
  for (const member of ['stays', 'leaves', 'comes back']) set.add(member)
  set.delete('leaves')
  set.delete('comes back')
  set.add('comes back')
  await eventually(
    () => told.join(),
    () => told.length === 2,
  )
  set.add('later')
  await eventually(
    () => told.join(),
    () => told.length === 3,
  )
  expect(told).toEqual(['stays', 'comes back', 'later'])
})
