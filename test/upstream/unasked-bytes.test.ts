/** Bytes that belong to no answer, on a connection that rests: they are seen before it is used again, and the backend is not trusted any more. */
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { Worker } from 'node:worker_threads'
import { afterEach, expect, test } from 'vitest'
import { createPools } from '../../src/upstream/pool.js'
import { eventually } from '../end-to-end/parts/settle.js'

/** A backend with an event loop of its own: it speaks even while that of the test stands still. */
const program = `
  const { createServer } = require('node:net')
  const { parentPort, workerData } = require('node:worker_threads')
  const sockets = new Set()
  const ok = body => 'HTTP/1.1 200 OK\\r\\nContent-Length: ' + body.length + '\\r\\n\\r\\n' + body
  const server = createServer(socket => {
    sockets.add(socket)
    socket.on('error', () => {}).once('close', () => sockets.delete(socket)).on('data', () => socket.write(ok('right')))
  })
  server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port))
  parentPort.on('message', bytes => {
    for (const socket of sockets) bytes === '' ? socket.destroy() : socket.write(bytes)
    Atomics.store(workerData, 0, 1)
    Atomics.notify(workerData, 0)
  })
`

const ends: (() => void)[] = []
afterEach(() => {
  for (const end of ends.splice(0)) end()
})

async function stage() {
  const spoken = new Int32Array(new SharedArrayBuffer(4))
  const backend = new Worker(program, { eval: true, workerData: spoken })
  const [port] = await once(backend, 'message')
  const told: string[] = []
  const pools = createPools(origin => told.push(origin))
  ends.push(
    () => void backend.terminate(),
    () => pools.close(),
  )
  const url = `http://127.0.0.1:${port}`
  const ask = async () => {
    const agent = await pools.agentFor(url, 'kept')
    const sent = request({ host: '127.0.0.1', port, agent }).end()
    const [answer]: IncomingMessage[] = await once(sent, 'response')
    let body = ''
    for await (const chunk of answer ?? []) body += String(chunk)
    return { body, reused: sent.reusedSocket }
  }
  return {
    url,
    told,
    ask,
    /** Resolves once one connection may be used again. */
    async rested() {
      const agent = await pools.agentFor(url, 'kept')
      await eventually(
        () => 'no connection rests',
        () => Object.keys(agent.freeSockets).length > 0,
      )
    },
    /** The bytes have arrived when it returns, and the event loop has not seen them. */
    speak(bytes: string) {
      backend.postMessage(bytes)
      Atomics.wait(spoken, 0, 0)
    },
  }
}

test('without any, a connection that has rested is used again', async () => {
  const { ask, rested } = await stage()
  expect(await ask()).toEqual({ body: 'right', reused: false })
  await rested()
  expect(await ask()).toEqual({ body: 'right', reused: true })
})

test.each([
  ['an answer', 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison'],
  ['a byte', 'x'],
  ['an end', ''],
])('%s that came unseen is seen before the connection is used', async (_, bytes) => {
  const { ask, rested, speak } = await stage()
  await ask()
  await rested()
  speak(bytes)
  expect(await ask()).toEqual({ body: 'right', reused: false })
})

test.each([
  { bytes: 'x', told: 1 },
  { bytes: '\r\n', told: 1 },
  { bytes: 'HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n', told: 0 },
  { bytes: '', told: 0 },
])('after $bytes the backend is named $told times, and only then not trusted', async ({ bytes, told }) => {
  const backend = await stage()
  await backend.ask()
  if (told > 0) await backend.rested()
  backend.speak(bytes)
  await backend.ask()
  expect(backend.told).toEqual(Array.from({ length: told }, () => backend.url))
  if (told > 0) return
  await backend.rested()
  expect(await backend.ask()).toMatchObject({ reused: true })
})
