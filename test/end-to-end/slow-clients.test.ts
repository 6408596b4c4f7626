/** Clients that take their time: silence and slow heads are ended, a slow body is not. */
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { certificateFiles, createInFolder } from '../../src/certificates/create-in-folder.js'
import type { Handler } from '../../src/gateway/handle-request.js'
import { type ConnectionServer, createConnectionServer } from '../../src/server/worker/connection-server.js'
import { defaultLimits } from '../../src/settings/settings.js'
import { eventually } from './parts/settle.js'

/** The gate's own limit is 30 s; what is tried here is the same with less waiting. */
const headerMs = 300
/** Node looks at its connections once a second. */
const patience = headerMs + 2_500

const folder = mkdtempSync(join(tmpdir(), 'portcullis-slow-'))
let server: Server
let port = 0
let reception: ConnectionServer
/** Bytes of the bodies that arrived, and the requests that ended whole. */
const arrived = { bytes: 0, whole: 0 }

/** Answers the requests that wait for it. */
const late = new Set<() => void>()

const count: Handler = (request, response) => {
  if (request.url === '/late') return void late.add(() => response.end('late'))
  request.on('data', (chunk: Buffer) => {
    arrived.bytes += chunk.length
  })
  request.once('end', () => {
    arrived.whole++
    response.end('whole')
  })
}

const silent = { requestBroken: () => {}, handshakeFailed: () => {}, proxyHeaderRefused: () => {} }

beforeAll(async () => {
  await createInFolder({
    folder,
    names: { hosts: ['localhost'], addresses: [] },
    algorithm: 'ecdsa',
    days: 30,
    authority: false,
    force: false,
    now: new Date(),
  })
  const { cert, key } = certificateFiles(folder)
  const tls = { options: { cert: readFileSync(cert), key: readFileSync(key) }, select: () => null }
  reception = createConnectionServer(
    { ...defaultLimits, headerMs },
    { tls, handle: count, handlePlain: count, isBalancer: null },
    silent,
  )
  server = createServer(socket => reception.accept(socket)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  port = typeof address === 'object' && address !== null ? address.port : 0
})
afterAll(async () => {
  server.close()
  const drained = reception.drain()
  reception.destroy()
  await drained
  rmSync(folder, { recursive: true, force: true })
})

async function open(tls: boolean): Promise<Socket> {
  const at = { host: '127.0.0.1', port }
  const socket = tls ? connectTls({ ...at, rejectUnauthorized: false }) : connect(at)
  socket.on('error', () => {})
  await once(socket, tls ? 'secureConnect' : 'connect')
  return socket
}

describe.concurrent('a connection that', () => {
  it.each([
    ['says nothing', false, ''],
    ['begins a handshake and says no more', false, '\x16\x03\x01'],
    ['has ended its handshake and says nothing', true, ''],
    ['has sent half a request line', true, 'GET /v2/'],
    ['has sent half a head', true, 'GET /v2/ HTTP/1.1\r\nHost: localhost\r\n'],
    ['has sent half a head without TLS', false, 'GET /v2/ HTTP/1.1\r\nHost: localhost\r\n'],
  ])('%s is ended', async (_, tls, bytes) => {
    const socket = await open(tls)
    if (bytes !== '') socket.write(bytes, 'latin1')
    socket.resume()
    let ended = false
    socket.once('close', () => {
      ended = true
    })
    await eventually(
      () => 'the connection is open',
      () => ended,
      patience,
    )
  })

  it('sends its head byte by byte is ended', async () => {
    const socket = await open(true)
    socket.resume()
    let ended = false
    socket.once('close', () => {
      ended = true
    })
    const head = 'GET /v2/ HTTP/1.1\r\nHost: localhost\r\nX-Slow: '
    let sent = 0
    const dripping = setInterval(() => socket.write(head[sent++] ?? 'x'), 50)
    await eventually(
      () => 'the connection is open',
      () => ended,
      patience + headerMs,
    ).finally(() => clearInterval(dripping))
  })
})

describe('a push whose body takes far longer than a head may', () => {
  it('arrives whole', async () => {
    const socket = await open(true)
    let answer = ''
    socket.on('data', chunk => {
      answer += chunk.toString()
    })
    const pieces = 12
    arrived.bytes = 0
    socket.write(`PATCH /v2/a/blobs/uploads/b HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${pieces * 1_000}\r\n\r\n`)
    let sent = 0
    const dripping = setInterval(() => {
      if (sent++ < pieces) socket.write('x'.repeat(1_000))
    }, headerMs / 2)
    await eventually(
      () => `${arrived.bytes} bytes`,
      () => answer.includes('whole'),
      10_000,
    ).finally(() => clearInterval(dripping))
    expect(arrived.bytes).toBe(pieces * 1_000)
    socket.destroy()
  })
})

describe('a request behind one whose answer takes longer than a head may', () => {
  it('is answered as well', async () => {
    const socket = await open(true)
    let answers = ''
    socket.on('data', chunk => {
      answers += chunk.toString()
    })
    socket.write('GET /late HTTP/1.1\r\nHost: localhost\r\n\r\nGET /next HTTP/1.1\r\nHost: localhost\r\n\r\n')
    await eventually(
      () => 'the first request has not come',
      () => late.size === 1,
    )
    // Once the gate has ended a later one that is too slow, it has looked at this one as well.
    const slow = await open(true)
    slow.resume()
    slow.write('GET /')
    await once(slow, 'close')
    for (const answer of late) answer()
    await eventually(
      () => answers,
      () => answers.includes('late') && answers.includes('whole'),
    )
    expect(answers.split('HTTP/1.1 200')).toHaveLength(3)
    socket.destroy()
  })
})
