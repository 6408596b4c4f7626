/** A backend that answers garbage, dies or is not there: the client is told so in JSON, or sees a broken transfer, at once. */
import type { Socket } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type FaultyBackend, ok, startFaultyBackend } from './parts/faulty-backend.js'
import { authorization, type Gate, startGate } from './parts/gate.js'
import { type Answer, connectRaw, exchange, header, request } from './parts/raw-client.js'
import { eventually } from './parts/settle.js'

let backend: FaultyBackend
let gate: Gate

beforeAll(async () => {
  backend = await startFaultyBackend()
  gate = await startGate(backend.url)
})
beforeEach(() => backend.reset())
afterAll(async () => {
  await gate.stop()
  await backend.close()
})

const blob = '/v2/team/app/blobs/sha256:0000000000000000000000000000000000000000000000000000000000000000'
const ask = (target: string, method = 'GET', ...more: string[]) =>
  request([`${method} ${target} HTTP/1.1`, 'Host: localhost', `Authorization: ${authorization}`, ...more])

/** Every refusal of the gate looks like this. */
function expectRefusal(answer: Answer | undefined, status: number, code: string): void {
  expect(answer).toMatchObject({ status, complete: true })
  expect(header(answer, 'docker-distribution-api-version')).toBe('registry/2.0')
  expect(JSON.parse(answer?.body ?? '')).toMatchObject({ errors: [{ code }] })
}

/** Milliseconds. */
const atOnce = 1_000

const head = (...lines: string[]) => `${lines.join('\r\n')}\r\n\r\n`
const close = (bytes: string) => (socket: Socket) => void socket.end(bytes, 'latin1')
const keep = (bytes: string) => (socket: Socket) => void socket.write(bytes, 'latin1')

describe('an answer that is none', () => {
  const garbage: readonly (readonly [string, (socket: Socket) => void])[] = [
    ['no byte, then closed', socket => socket.end()],
    ['no byte, then reset', socket => socket.resetAndDestroy()],
    ['half a status line', close('HTTP/1.1 20')],
    ['half a head', close('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n')],
    ['HTTP/0.9 text', close('hello, I am a registry\n')],
    ['another protocol', close('SSH-2.0-OpenSSH_9.2p1\r\n')],
    ['HTTP/2', close('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')],
    ['an HTTP version that does not exist', keep('HTTP/4.2 200 OK\r\nContent-Length: 0\r\n\r\n')],
    ['status 000', keep('HTTP/1.1 000 Nothing\r\nContent-Length: 0\r\n\r\n')],
    ['status 99', keep('HTTP/1.1 99 Low\r\nContent-Length: 0\r\n\r\n')],
    ['status 600', keep('HTTP/1.1 600 High\r\nContent-Length: 0\r\n\r\n')],
    ['status 999', keep('HTTP/1.1 999 High\r\nContent-Length: 0\r\n\r\n')],
    ['status 1000', keep('HTTP/1.1 1000 Higher\r\nContent-Length: 0\r\n\r\n')],
    ['a status in words', keep('HTTP/1.1 OK OK\r\nContent-Length: 0\r\n\r\n')],
    ['a negative status', keep('HTTP/1.1 -200 OK\r\nContent-Length: 0\r\n\r\n')],
    ['a header without a colon', keep('HTTP/1.1 200 OK\r\nno colon here\r\nContent-Length: 0\r\n\r\n')],
    ['a header name with a blank', keep('HTTP/1.1 200 OK\r\nX Y: z\r\nContent-Length: 0\r\n\r\n')],
    ['a header with NUL', keep('HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 0\r\n\r\n')],
    ['a header with a bare CR', keep('HTTP/1.1 200 OK\r\nX: a\rb\r\nContent-Length: 0\r\n\r\n')],
    ['lines that end in LF alone', keep('HTTP/1.1 200 OK\nX: a\nContent-Length: 0\n\n')],
    ['two lengths', keep('HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello')],
    ['two lengths in one line', keep('HTTP/1.1 200 OK\r\nContent-Length: 5, 6\r\n\r\nhello')],
    ['a length in words', keep('HTTP/1.1 200 OK\r\nContent-Length: five\r\n\r\nhello')],
    ['a negative length', keep('HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello')],
    ['an overflowing length', keep('HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551621\r\n\r\nhello')],
    [
      'a length and chunks',
      keep(`${head('HTTP/1.1 200 OK', 'Content-Length: 5', 'Transfer-Encoding: chunked')}5\r\nhello\r\n0\r\n\r\n`),
    ],
    [
      'chunks and a length',
      keep(`${head('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked', 'Content-Length: 5')}5\r\nhello\r\n0\r\n\r\n`),
    ],
    [
      'an unknown transfer coding',
      keep(`${head('HTTP/1.1 200 OK', 'Transfer-Encoding: xchunked')}5\r\nhello\r\n0\r\n\r\n`),
    ],
    [
      'chunks twice',
      keep(
        `${head('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked', 'Transfer-Encoding: chunked')}5\r\nhello\r\n0\r\n\r\n`,
      ),
    ],
    ['a header of 64 KiB', keep(`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(65_536)}\r\nContent-Length: 0\r\n\r\n`)],
    ['5,000 headers', keep(`HTTP/1.1 200 OK\r\n${'X-Y: z\r\n'.repeat(5_000)}Content-Length: 0\r\n\r\n`)],
    [
      '101 without being asked',
      keep('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n'),
    ],
    ['101 without Upgrade', keep('HTTP/1.1 101 Switching Protocols\r\n\r\n')],
    ['103 and then nothing', close('HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n')],
    ['100 and then garbage', keep('HTTP/1.1 100 Continue\r\n\r\ngarbage\r\n\r\n')],
  ]

  it.each(garbage)('%s -> 502 in JSON, and the next request is served', async (_, answer) => {
    backend.whenComplete = (received, socket) => {
      if (received.target === blob) answer(socket)
      else socket.write(ok('right'))
    }
    const [refused] = await exchange(gate.port, ask(blob))
    expectRefusal(refused, 502, 'UNAVAILABLE')
    const [next] = await exchange(gate.port, ask('/v2/'))
    expect(next).toMatchObject({ status: 200, body: 'right' })
    expect(gate.running).toBe(true)
  })
})

describe('an unusual answer that is right', () => {
  const legal: readonly (readonly [string, (socket: Socket) => void, { status: number; body: string }])[] = [
    [
      '103 before 200',
      keep(`HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n${ok('right')}`),
      { status: 200, body: 'right' },
    ],
    ['100 before 200', keep(`HTTP/1.1 100 Continue\r\n\r\n${ok('right')}`), { status: 200, body: 'right' }],
    [
      '102 twice before 200',
      keep(`${'HTTP/1.1 102 Processing\r\n\r\n'.repeat(2)}${ok('right')}`),
      { status: 200, body: 'right' },
    ],
    [
      'chunks',
      keep(`${head('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked')}5\r\nright\r\n0\r\n\r\n`),
      { status: 200, body: 'right' },
    ],
    [
      'chunks with an extension and a trailer',
      keep(`${head('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked')}5;x=y\r\nright\r\n0\r\nX: y\r\n\r\n`),
      { status: 200, body: 'right' },
    ],
    [
      'HTTP/1.0 with a length',
      close('HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nright'),
      { status: 200, body: 'right' },
    ],
    [
      'a body that the end of the connection ends',
      close('HTTP/1.1 200 OK\r\n\r\nright'),
      { status: 200, body: 'right' },
    ],
    ['no reason phrase', keep('HTTP/1.1 200 \r\nContent-Length: 5\r\n\r\nright'), { status: 200, body: 'right' }],
    ['404', keep('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n'), { status: 404, body: '' }],
    ['204', keep('HTTP/1.1 204 No Content\r\n\r\n'), { status: 204, body: '' }],
    ['304 with a length', keep('HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n'), { status: 304, body: '' }],
    ['more than its length', keep(`${ok('right')}wrong`), { status: 200, body: 'right' }],
    ['a second answer behind it', keep(`${ok('right')}${ok('wrong')}`), { status: 200, body: 'right' }],
    [
      '503 of its own',
      keep('HTTP/1.1 503 Busy\r\nRetry-After: 3\r\nContent-Length: 4\r\n\r\nbusy'),
      { status: 503, body: 'busy' },
    ],
  ]

  it.each(legal)('%s', async (_, answer, expected) => {
    backend.whenComplete = (received, socket) => {
      if (received.target === blob) answer(socket)
      else socket.write(ok('next'))
    }
    expect((await exchange(gate.port, ask(blob)))[0]).toMatchObject({ ...expected, complete: true })
    expect((await exchange(gate.port, ask('/v2/')))[0]).toMatchObject({ status: 200, body: 'next' })
  })

  it('to HEAD keeps the length of the body that it does not have', async () => {
    backend.whenComplete = (_, socket) => socket.write(`${head('HTTP/1.1 200 OK', 'Content-Length: 123456')}`)
    const [answer] = await exchange(gate.port, ask(blob, 'HEAD'))
    expect(answer).toMatchObject({ status: 200 })
    expect(header(answer, 'content-length')).toBe('123456')
  })
})

describe('a backend that dies in the middle of a download', () => {
  const chunk = `4000\r\n${'x'.repeat(0x4000)}\r\n`
  const begin = {
    length: head('HTTP/1.1 200 OK', 'Content-Length: 1000000'),
    chunks: head('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked'),
  }
  const ways: readonly (readonly [string, string, (socket: Socket) => void])[] = [
    ['of a known length, with FIN', `${begin.length}${'x'.repeat(50_000)}`, socket => socket.end()],
    ['of a known length, with RST', `${begin.length}${'x'.repeat(50_000)}`, socket => socket.resetAndDestroy()],
    ['of a known length, before its first byte', begin.length, socket => socket.end()],
    ['one byte before its end', `${begin.length}${'x'.repeat(999_999)}`, socket => socket.end()],
    ['in chunks, with FIN between two', `${begin.chunks}${chunk}`, socket => socket.end()],
    ['in chunks, with FIN inside one', `${begin.chunks}${chunk}4000\r\nxxx`, socket => socket.end()],
    ['in chunks, with RST', `${begin.chunks}${chunk}`, socket => socket.resetAndDestroy()],
    ['in chunks, before the empty line of the last one', `${begin.chunks}${chunk}0\r\n`, socket => socket.end()],
    ['in chunks, with a size that is none', `${begin.chunks}${chunk}`, socket => socket.write('zz\r\n')],
    [
      'in chunks, with a chunk longer than its size',
      `${begin.chunks}${chunk}`,
      socket => socket.write('2\r\nxxxx\r\n'),
    ],
  ]

  it.each(ways)('%s: the client sees a broken transfer within a second', async (_, first, die) => {
    const asked: Socket[] = []
    backend.whenComplete = (_received, socket) => {
      asked.push(socket)
      socket.write(first)
    }
    const client = await connectRaw(gate.port)
    client.send(ask(blob))
    await client.until(() => client.received().includes('\r\n\r\n'))
    const died = performance.now()
    asked.forEach(die)
    await client.ended(atOnce)
    expect(client.answers()).toMatchObject([{ status: 200, complete: false }])
    expect(performance.now() - died).toBeLessThan(atOnce)
  })
})

describe('a backend that dies in the middle of a push', () => {
  const upload = '/v2/team/app/blobs/uploads/0b0d5c1e?_state=abc'
  const ways: readonly (readonly [string, (socket: Socket) => void])[] = [
    ['with FIN', socket => socket.end()],
    ['with RST', socket => socket.resetAndDestroy()],
  ]
  const framings: readonly (readonly [string, string, string])[] = [
    ['of a known length', 'Content-Length: 100000000', 'x'.repeat(100_000)],
    ['in chunks', 'Transfer-Encoding: chunked', `${(100_000).toString(16)}\r\n${'x'.repeat(100_000)}\r\n`],
  ]

  for (const [way, die] of ways) {
    it.each(framings)(`${way}, %s: the client is told within a second`, async (_, framing, body) => {
      const client = await connectRaw(gate.port)
      backend.whenHead = (_received, socket) => socket.once('data', () => die(socket))
      const began = performance.now()
      client.send(`${ask(upload, 'PATCH', framing)}${body}`)
      await client.until(() => client.answers().some(answer => answer.complete), atOnce)
      expect(performance.now() - began).toBeLessThan(atOnce)
      const [answer] = client.answers()
      if (answer !== undefined) expectRefusal(answer, 502, 'UNAVAILABLE')
      client.destroy()
    })
  }

  it('by an answer before the body has come: the client gets this answer', async () => {
    backend.whenHead = (_, socket) => socket.write('HTTP/1.1 413 Too Large\r\nContent-Length: 5\r\n\r\nlarge')
    const client = await connectRaw(gate.port)
    client.send(`${ask(upload, 'PATCH', 'Content-Length: 100000000')}${'x'.repeat(50_000)}`)
    await client.until(() => client.answers().some(answer => answer.complete), atOnce)
    expect(client.answers()[0]).toMatchObject({ status: 413, body: 'large', complete: true })
    client.destroy()
  })
})

describe('a backend that is not there', () => {
  it('is a 502, and is served within a second once it appears, disappears and appears again', async () => {
    const first = await startFaultyBackend()
    await first.close()
    const other = await startGate(first.url)
    try {
      for (const round of ['first', 'second', 'third']) {
        const [refused] = await exchange(other.port, ask('/v2/'))
        expectRefusal(refused, 502, 'UNAVAILABLE')
        expect(header(refused, 'retry-after')).toBe('1')
        const again = await startFaultyBackend(first.port)
        again.whenComplete = (_, socket) => socket.write(ok(round))
        const began = performance.now()
        expect((await exchange(other.port, ask('/v2/')))[0]).toMatchObject({ status: 200, body: round })
        expect(performance.now() - began).toBeLessThan(atOnce)
        await again.close()
      }
    } finally {
      await other.stop()
    }
  })

  it('because it closed its idle connections, is asked on a new one without the client noticing', async () => {
    backend.whenComplete = (_, socket) => socket.write(ok('right'))
    for (let round = 0; round < 20; round++) {
      expect((await exchange(gate.port, ask('/v2/')))[0]).toMatchObject({ status: 200, body: 'right' })
      for (const socket of backend.sockets) socket.destroy()
      // A push is not repeated, so it may only be sent where the backend still is.
      await eventually(
        () => 'idle connections',
        () => backend.sockets.size === 0,
      )
    }
  })
})
