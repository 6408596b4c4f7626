/** Connections to the backend are used again: bytes that belong to no answer never become part of the next one. */
import type { Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { ok } from './parts/faulty-backend.js'
import { authorization, startGate } from './parts/gate.js'
import { gateBeforeBackend } from './parts/gate-before-backend.js'
import { connectRaw, request } from './parts/raw-client.js'
import { eventually } from './parts/settle.js'

const stage = gateBeforeBackend()

const ask = (id: string) =>
  request([`GET /v2/${id}/tags/list HTTP/1.1`, 'Host: localhost', `Authorization: ${authorization}`])
const poison = ok('poison')

/** On a machine that is busy with other tests a turn may take long; what comes much later is not what this is about. */
const rightBehind = (answered: number) => performance.now() - answered < 20

interface Count {
  right: number
  refused: number
  readonly wrong: string[]
}

/** Pipelines of `depth` requests, one after the other, on `width` connections: every answer must be that of its request. */
async function hammer(port: number, width: number, rounds: number, depth: number): Promise<Count> {
  const count: Count = { right: 0, refused: 0, wrong: [] }
  const run = async (lane: number) => {
    for (let round = 0; round < rounds; round++) {
      const ids = Array.from({ length: depth }, (_, index) => `lane${lane}/round${round}/request${index}`)
      const client = await connectRaw(port)
      client.send(ids.map(ask).join(''))
      await client.until(() => client.answers().filter(answer => answer.complete).length === depth, 10_000)
      client.destroy()
      const answers = client.answers()
      ids.forEach((id, index) => {
        const answer = answers[index]
        if (answer?.status === 200 && answer.body === id) count.right++
        else if (answer?.status === 502) count.refused++
        else count.wrong.push(`${id} got ${answer?.status} ${answer?.body}`)
      })
    }
  }
  await Promise.all(Array.from({ length: width }, (_, lane) => run(lane)))
  return count
}

const nameOf = (target: string) => target.replace(/^\/v2\//, '').replace(/\/tags\/list$/, '')

describe('10,000 requests over kept connections, of which every seventh answer is followed by', () => {
  const kinds: readonly (readonly [string, (socket: Socket, right: string) => void])[] = [
    ['nothing', (socket, right) => socket.write(right)],
    ['another answer in the same segment', (socket, right) => socket.write(right + poison)],
    ['half an answer in the same segment', (socket, right) => socket.write(right + poison.slice(0, 30))],
    ['stray bytes in the same segment', (socket, right) => socket.write(`${right}\r\n\r\nxx`)],
    [
      'another answer in the next segment',
      (socket, right) => {
        socket.write(right)
        socket.write(poison)
      },
    ],
    [
      'another answer a turn later',
      (socket, right) => {
        socket.write(right)
        const answered = performance.now()
        setImmediate(() => rightBehind(answered) && socket.write(poison))
      },
    ],
    [
      'another answer a millisecond later',
      (socket, right) => {
        socket.write(right)
        const answered = performance.now()
        setTimeout(() => rightBehind(answered) && socket.write(poison), 1)
      },
    ],
  ]

  it.each(kinds)('%s: no body goes astray', async (kind, spoil) => {
    let served = 0
    stage.backend.whenComplete = (received, socket) => {
      const right = ok(nameOf(received.target))
      if (++served % 7 === 0) spoil(socket, right)
      else socket.write(right)
    }
    const count = await hammer(stage.gate.port, 8, 10, 21)
    process.stdout.write(
      `pool: ${kind}: ${JSON.stringify({ ...count, wrong: count.wrong.length, connections: stage.backend.connections })}\n`,
    )
    expect(count.wrong).toEqual([])
    expect(count.right + count.refused).toBe(1_680)
  })
})

describe('a backend that answers and has another answer to say', () => {
  it('200 ms late, behind each eleventh of 3,360, before the next one on the connection: no body goes astray', async () => {
    const gate = await startGate(stage.backend.url)
    let served = 0
    const busy = new WeakMap<Socket, Promise<void>>()
    stage.backend.whenComplete = async (received, socket) => {
      const isLate = ++served % 11 === 0
      await busy.get(socket)
      socket.write(ok(nameOf(received.target)))
      if (isLate)
        busy.set(
          socket,
          delay(200).then(() => void socket.write(poison)),
        )
    }
    const count = await hammer(gate.port, 16, 10, 21)
    await gate.stop()
    expect(count.wrong).toEqual([])
    expect(count.right).toBe(3_360)
    expect(gate.log().match(/bytes came that belong to no answer/g)?.length).toBeGreaterThan(0)
  })
})

describe('bytes that come while a connection rests', () => {
  const late: readonly (readonly [string, string])[] = [
    ['an answer', poison],
    ['half an answer', poison.slice(0, 30)],
    ['one byte', 'x'],
    ['a line end', '\r\n'],
    ['408, as a server says goodbye', 'HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n'],
  ]

  it.each(late)('%s: the connection is given up, the next request goes elsewhere', async (_, bytes) => {
    // One that has not been told anything of this backend.
    const gate = await startGate(stage.backend.url)
    stage.backend.whenComplete = (received, socket) => socket.write(ok(nameOf(received.target)))
    expect(await hammer(gate.port, 4, 1, 1)).toMatchObject({ right: 4, wrong: [] })
    const resting = [...stage.backend.sockets]
    expect(resting.length).toBeGreaterThan(0)
    for (const socket of resting) socket.write(bytes)
    await eventually(
      () => 'connections with late bytes are kept',
      () => resting.every(socket => socket.destroyed),
      2_000,
    )
    expect(await hammer(gate.port, 4, 5, 5)).toMatchObject({ right: 100, refused: 0, wrong: [] })
    await gate.stop()
  })
})
