/** Kept connections that the backend gives up at the very moment when a request is on its way. */
import { createServer } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { eventually } from '../end-to-end/parts/settle.js'
import { closeAll, gateBefore, listen } from './forwarding-gate.js'

afterEach(closeAll)

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nalive'
const goodbye = 'HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n'

/** Keeps every connection, and at its second request sends `last` and closes it. Requests are small and come whole. */
async function forgetfulBackend(last: string, way: 'FIN' | 'RST') {
  const backend = { port: 0, requests: 0, reused: 0 }
  backend.port = await listen(
    createServer(socket => {
      let served = 0
      socket.on('error', () => {})
      socket.on('data', () => {
        backend.requests++
        if (served++ === 0) return void socket.write(ok)
        backend.reused++
        if (last !== '') socket.write(last)
        if (way === 'FIN') socket.end()
        else socket.resetAndDestroy()
      })
    }),
  )
  return backend
}

type Backend = Awaited<ReturnType<typeof forgetfulBackend>>

/** Asks until a kept connection was used twice. @returns the distinct answers to the requests that went over one */
async function answersOverKept(backend: Backend, ask: () => Promise<string>): Promise<readonly string[]> {
  const answers = new Set<string>()
  await eventually(
    () => `${backend.reused} connections were used again`,
    async () => {
      const before = backend.reused
      const answer = await ask()
      if (backend.reused > before) answers.add(answer)
      return backend.reused >= 2
    },
  )
  return [...answers]
}

describe('a request that may be sent twice is repeated on a new connection', () => {
  test.each([
    { method: 'GET', way: 'FIN', last: '' },
    { method: 'GET', way: 'RST', last: '' },
    { method: 'POST', way: 'RST', last: '' },
    { method: 'PUT', way: 'FIN', last: '' },
    { method: 'DELETE', way: 'RST', last: '' },
    { method: 'POST', way: 'FIN', last: goodbye },
  ] as const)('$method, where the kept one ends with "$last" and $way', async ({ method, way, last }) => {
    const backend = await forgetfulBackend(last, way)
    const send = await gateBefore(backend.port)
    const ask = () => send({ method, headers: { 'Content-Length': 0 } })
    expect(await answersOverKept(backend, ask)).toEqual(['alive'])
  })

  test('PUT, whose body is held', async () => {
    const backend = await forgetfulBackend('', 'RST')
    const send = await gateBefore(backend.port, { body: Buffer.from('held') })
    const ask = () => send({ method: 'PUT', headers: { 'Content-Length': 4 } }, 'held')
    expect(await answersOverKept(backend, ask)).toEqual(['alive'])
  })
})

describe('a request is not repeated', () => {
  test('of whose answer a byte has come', async () => {
    const backend = await forgetfulBackend('HTTP/1.1 20', 'RST')
    const send = await gateBefore(backend.port)
    const answers = await answersOverKept(backend, async () => {
      const before = backend.requests
      const answer = await send({ method: 'GET' })
      expect(backend.requests).toBe(before + 1)
      return answer
    })
    expect(answers).toEqual(['backend-unreachable'])
  })
})

describe('what cannot be sent twice gets a connection of its own', () => {
  test.each([
    { why: 'its body is not held', method: 'PUT', body: 'streamed' },
    { why: 'it may have an effect each time', method: 'POST', body: '' },
  ])('because $why', async ({ method, body }) => {
    const backend = await forgetfulBackend('', 'RST')
    const send = await gateBefore(backend.port, incoming => ({ repeatable: incoming.method !== 'POST' }))
    const keep = () => send({ method: 'GET' })
    await answersOverKept(backend, keep)
    for (let round = 0; round < 20; round++) {
      await keep()
      const before = backend.reused
      expect(await send({ method, headers: { 'Content-Length': body.length } }, body)).toBe('alive')
      expect(backend.reused).toBe(before)
    }
  })
})
