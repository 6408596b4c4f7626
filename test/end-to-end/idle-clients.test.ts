/** The idle time of a client counts while it is its turn, and not while the gate waits for a backend. */
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { connect, createServer, type Server } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createForwarder } from '../../src/forward/forward.js'
import type { Handler } from '../../src/gateway/handle-request.js'
import { createReception, type Reception } from '../../src/server/worker/reception.js'
import { defaultLimits } from '../../src/settings/settings.js'
import { type FaultyBackend, ok, startFaultyBackend } from './parts/faulty-backend.js'

/** The gate's own limit is 15 minutes. */
const idleMs = 500
/** Several times the client's. */
const thinkingMs = 4 * idleMs

const forwarder = createForwarder()
let backend: FaultyBackend
let server: Server
let reception: Reception
let port = 0

/** Reads as the embedded registry does, and needs longer for each piece than a client may. */
async function readSlowly(request: IncomingMessage, response: ServerResponse): Promise<void> {
  for await (const _ of request.iterator({ destroyOnReturn: false })) await delay(thinkingMs)
  response.end('late')
}

const handle: Handler = (request, response) => {
  if (request.url === '/slowly') return void readSlowly(request, response).catch(() => {})
  forwarder
    .forward(request, response, {
      backends: [backend.url],
      verifyBackend: true,
      target: '/v2/',
      headers: { set: [], dropForwarded: true, dropAuthorization: true },
      body: null,
      repeatable: true,
      isRegistry: true,
      idleMs: { read: 60_000, send: 60_000 },
      maxBodyBytes: null,
      login: null,
      onHead: (_, lines) => lines,
    })
    .catch(() => response.destroy())
}

beforeAll(async () => {
  backend = await startFaultyBackend()
  reception = createReception(
    { ...defaultLimits, idleMs },
    { tls: null, handle, handlePlain: handle, isBalancer: null },
    { requestBroken: () => {}, handshakeFailed: () => {}, proxyHeaderRefused: () => {} },
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
  forwarder.close()
  await backend.close()
})

/** @returns what comes back until the connection ends or a whole short answer is there */
async function talk(...pieces: readonly string[]): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  let received = ''
  const ended = new Promise<void>(resolve => {
    socket.once('close', resolve)
    socket.on('data', data => {
      received += String(data)
      if (received.endsWith('late')) resolve()
    })
  })
  for (const piece of pieces) socket.write(piece)
  await ended
  socket.destroy()
  return received
}

describe('a client is not cut while it waits for a backend that thinks longer than its idle time', () => {
  it.each([
    ['GET', 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['PUT', 'PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody'],
  ])('after %s', async (_, bytes) => {
    backend.whenComplete = async (_request, socket) => {
      await delay(thinkingMs)
      socket.write(ok('late'))
    }
    expect(await talk(bytes)).toMatch(/^HTTP\/1\.1 200 /)
  })

  it('in the middle of its answer', async () => {
    backend.whenComplete = async (_request, socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nhalf')
      await delay(thinkingMs)
      socket.write('late')
    }
    expect(await talk('GET / HTTP/1.1\r\nHost: a\r\n\r\n')).toMatch(/halflate$/)
  })

  it('while the backend takes no more of its body', async () => {
    const size = 20_000_000
    backend.whenHead = async (_request, socket) => {
      socket.pause()
      await delay(thinkingMs)
      socket.resume()
    }
    backend.whenComplete = (_request, socket) => socket.write(ok('late'))
    expect(await talk(`PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: ${size}\r\n\r\n`, 'x'.repeat(size))).toMatch(
      /^HTTP\/1\.1 200 /,
    )
  })
})

describe('a client whose body is read slowly', () => {
  it('is not cut while the gate works on a piece', async () => {
    const bytes = 'PUT /slowly HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody'
    expect(await talk(bytes)).toMatch(/^HTTP\/1\.1 200 /)
  })
  it('is cut where it does not send the next one', async () => {
    expect(await talk('PUT /slowly HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbo')).toBe('')
  })
})

describe('a client is cut that', () => {
  it('does not go on with its body', async () => {
    expect(await talk('PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbo')).toBe('')
  })

  it('does not take its answer', async () => {
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => {})
    const cut = new Promise<void>(resolve => {
      backend.whenComplete = (_request, asked) => {
        asked.once('close', () => resolve())
        asked.write(ok('x'.repeat(30_000_000)))
      }
    })
    socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    await cut
    socket.destroy()
  })
})
