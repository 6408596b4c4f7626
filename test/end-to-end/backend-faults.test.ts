/** A backend that dies or is not there: the client is told so in JSON, or sees a broken transfer, at once. */
import type { Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { ok, startFaultyBackend } from './parts/faulty-backend.js'
import { authorization, startGate } from './parts/gate.js'
import { gateBeforeBackend } from './parts/gate-before-backend.js'
import { type Answer, connectRaw, exchange, header, request } from './parts/raw-client.js'
import { eventually } from './parts/settle.js'

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

/** Milliseconds. */
const atOnce = 1_000

const head = (...lines: string[]) => `${lines.join('\r\n')}\r\n\r\n`

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
    stage.backend.whenComplete = (_received, socket) => {
      asked.push(socket)
      socket.write(first)
    }
    const client = await connectRaw(stage.gate.port)
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
      const client = await connectRaw(stage.gate.port)
      stage.backend.whenHead = (_received, socket) => socket.once('data', () => die(socket))
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
    stage.backend.whenHead = (_, socket) => socket.write('HTTP/1.1 413 Too Large\r\nContent-Length: 5\r\n\r\nlarge')
    const client = await connectRaw(stage.gate.port)
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
    stage.backend.whenComplete = (_, socket) => socket.write(ok('right'))
    for (let round = 0; round < 20; round++) {
      expect((await exchange(stage.gate.port, ask('/v2/')))[0]).toMatchObject({ status: 200, body: 'right' })
      for (const socket of stage.backend.sockets) socket.destroy()
      // A push is not repeated, so it may only be sent where the backend still is.
      await eventually(
        () => 'idle connections',
        () => stage.backend.sockets.size === 0,
      )
    }
  })
})
