/** Kept connections that the backend gives up at the very moment when a request is on its way. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { RequestError } from '../../src/errors/request-error.js'
import { createForwarder } from '../../src/forward/forward.js'
import { eventually } from '../end-to-end/parts/settle.js'

const closing: (() => void)[] = []

afterEach(() => {
  for (const close of closing.splice(0)) close()
})

async function listen(server: Server): Promise<number> {
  closing.push(() => {
    server.close()
    server.closeAllConnections()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address: AddressInfo | string | null = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

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

/** A gate of nothing but the forwarder. */
async function gateBefore(backend: number): Promise<(method: string, body?: string) => Promise<string>> {
  const forwarder = createForwarder()
  closing.push(() => forwarder.close())
  const gate = createServer((incoming, response) => {
    forwarder
      .forward(incoming, response, {
        backends: [`http://127.0.0.1:${backend}`],
        verifyBackend: true,
        target: '/v2/',
        headers: { set: [], dropForwarded: true, dropAuthorization: true },
        body: null,
        idleMs: { read: 5_000, send: 5_000 },
        maxBodyBytes: null,
        login: null,
        onHead: (_, lines) => lines,
      })
      .catch(error => response.end(error instanceof RequestError ? error.code : `no refusal: ${String(error)}`))
  })
  const port = await listen(gate)
  return async (method, body = '') => {
    const headers = { 'Content-Length': body.length }
    const sent = request({ host: '127.0.0.1', port, method, headers, path: '/v2/', agent: false })
    sent.end(body)
    const [answer]: IncomingMessage[] = await once(sent, 'response')
    let text = ''
    for await (const chunk of answer ?? []) text += String(chunk)
    return text
  }
}

test.each([
  { method: 'GET', body: '', expected: 'alive' },
  { method: 'GET', body: 'a body that is gone', expected: 'backend-unreachable' },
  { method: 'POST', body: '', expected: 'backend-unreachable' },
])('where all kept connections are dead at once, $method with "$body" gives "$expected"', async one => {
  const kept = 4
  const backend = await forgetfulBackend(kept)
  const ask = await gateBefore(backend.port)
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
