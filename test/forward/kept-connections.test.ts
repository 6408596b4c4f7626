/** Kept connections that the backend gives up at the very moment when a request is on its way. */
import { createServer } from 'node:http'
import type { Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { eventually } from '../end-to-end/parts/settle.js'
import { closeAll, gateBefore, listen } from './forwarding-gate.js'

afterEach(closeAll)

/** Keeps every connection, and resets it at the second request. The first answers wait until `together` have been asked for. */
async function forgetfulBackend(together: number) {
  const seen = new Set<Socket>()
  const waiting: (() => void)[] = []
  const backend = { port: 0, resets: 0 }
  const server = createServer((incoming, response) => {
    if (seen.has(incoming.socket)) {
      backend.resets++
      incoming.socket.resetAndDestroy()
      return
    }
    seen.add(incoming.socket)
    waiting.push(() => response.end('alive'))
    if (seen.size >= together) for (const answer of waiting.splice(0)) answer()
  })
  backend.port = await listen(server)
  return backend
}

test.each([
  { method: 'GET', body: '', expected: 'alive' },
  { method: 'GET', body: 'a body that is gone', expected: 'backend-unreachable' },
  { method: 'POST', body: '', expected: 'backend-unreachable' },
])('where all kept connections are dead at once, $method with "$body" gives "$expected"', async one => {
  const kept = 4
  const backend = await forgetfulBackend(kept)
  const send = await gateBefore(backend.port)
  const ask = (method: string, body = '') =>
    send({ method, path: '/v2/', headers: { 'Content-Length': body.length } }, body)
  await Promise.all(Array.from({ length: kept }, () => ask('GET')))
  // A connection rests for a moment before it is used again; until then there are new ones, which answer.
  const answers = new Set<string>()
  const resets = () => `${backend.resets} connections were used again`
  await eventually(resets, async () => {
    const before = backend.resets
    const answer = await ask(one.method, one.body)
    if (backend.resets > before) answers.add(answer)
    return backend.resets >= 2
  })
  expect([...answers]).toEqual([one.expected])
})
