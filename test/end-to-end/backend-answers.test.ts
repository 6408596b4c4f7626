/** A backend that answers garbage, and one that answers oddly but rightly: a 502 in JSON, or the answer; then the next request. */
import type { Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { ok } from './parts/faulty-backend.js'
import { authorization } from './parts/gate.js'
import { gateBeforeBackend } from './parts/gate-before-backend.js'
import { type Answer, exchange, header, request } from './parts/raw-client.js'

const stage = gateBeforeBackend()

const blob = '/v2/team/app/blobs/sha256:0000000000000000000000000000000000000000000000000000000000000000'
const ask = (target: string, method = 'GET', ...more: string[]) =>
  request([`${method} ${target} HTTP/1.1`, 'Host: localhost', `Authorization: ${authorization}`, ...more])

/** Every refusal of the gate looks like this. */
function expectRefusal(answer: Answer | undefined, status: number, code: string): void {
  expect(answer).toMatchObject({ status, complete: true })
  expect(header(answer, 'docker-distribution-api-version')).toBe('registry/2.0')
  expect(JSON.parse(answer?.body ?? '')).toMatchObject({ errors: [{ code }] })
}

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
    ['a header of 33 KiB', keep(`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(33 * 1024)}\r\nContent-Length: 0\r\n\r\n`)],
    ['a header of 64 KiB', keep(`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(65_536)}\r\nContent-Length: 0\r\n\r\n`)],
    ['10,000 headers', keep(`HTTP/1.1 200 OK\r\n${'X-Y: z\r\n'.repeat(10_000)}Content-Length: 0\r\n\r\n`)],
    [
      '101 without being asked',
      keep('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n'),
    ],
    ['101 without Upgrade', keep('HTTP/1.1 101 Switching Protocols\r\n\r\n')],
    ['103 and then nothing', close('HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n')],
    ['100 and then garbage', keep('HTTP/1.1 100 Continue\r\n\r\ngarbage\r\n\r\n')],
  ]

  it.each(garbage)('%s -> 502 in JSON, and the next request is served', async (_, answer) => {
    stage.backend.whenComplete = (received, socket) => {
      if (received.target === blob) answer(socket)
      else socket.write(ok('right'))
    }
    const [refused] = await exchange(stage.gate.port, ask(blob))
    expectRefusal(refused, 502, 'UNAVAILABLE')
    const [next] = await exchange(stage.gate.port, ask('/v2/'))
    expect(next).toMatchObject({ status: 200, body: 'right' })
    expect(stage.gate.running).toBe(true)
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
    stage.backend.whenComplete = (received, socket) => {
      if (received.target === blob) answer(socket)
      else socket.write(ok('next'))
    }
    expect((await exchange(stage.gate.port, ask(blob)))[0]).toMatchObject({ ...expected, complete: true })
    expect((await exchange(stage.gate.port, ask('/v2/')))[0]).toMatchObject({ status: 200, body: 'next' })
  })

  const field = (bytes: number) => `X-Large: ${'x'.repeat(bytes)}`
  const fields = (count: number) => Array.from({ length: count }, (_, index) => `X-${index}: y`)

  it.each([
    ['a head of 30 KiB', [field(30 * 1024)]],
    ['2,500 header lines', fields(2_500)],
  ])('%s reaches the client to its last line', async (_, lines) => {
    stage.backend.whenComplete = (_received, socket) => socket.write(ok('right', [...lines, 'X-Last: here']))
    const [answer] = await exchange(stage.gate.port, ask(blob))
    expect(answer).toMatchObject({ status: 200, body: 'right', complete: true })
    expect(header(answer, 'x-last')).toBe('here')
    expect(answer?.headers.size).toBeGreaterThan(lines.length)
  })

  it('to HEAD keeps the length of the body that it does not have', async () => {
    stage.backend.whenComplete = (_, socket) => socket.write(`${head('HTTP/1.1 200 OK', 'Content-Length: 123456')}`)
    const [answer] = await exchange(stage.gate.port, ask(blob, 'HEAD'))
    expect(answer).toMatchObject({ status: 200 })
    expect(header(answer, 'content-length')).toBe('123456')
  })
})
