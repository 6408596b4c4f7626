/** Clients that are slow to pull from the embedded registry: each takes a bounded amount of memory. */
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Agent } from 'node:https'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { authorization, type Gate, startGate } from './parts/gate.js'
import { digestOf, pushBlob } from './parts/load.js'
import { connectRaw, type RawClient, request } from './parts/raw-client.js'
import { eventually } from './parts/settle.js'

const kibibyte = 1024
/** What a transfer reads at once. */
const blockSize = 512 * kibibyte

let gate: Gate
beforeAll(async () => {
  gate = await startGate('embedded', { flags: ['--workers', '1'] })
})
afterAll(() => gate.stop())

/** What its worker has read from files and sockets and has not yet written to any: it is held in memory. */
function held(): number {
  const [worker] = gate.workers()
  const io = readFileSync(`/proc/${worker}/io`, 'utf8')
  const bytes = (field: string) => Number(new RegExp(`^${field}: (\\d+)$`, 'm').exec(io)?.[1])
  return bytes('rchar') - bytes('wchar')
}

it('no more than one block of a file is read ahead of a client that does not read', async () => {
  const layer = randomBytes(32 * 1024 * kibibyte)
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  await pushBlob({ port: gate.port, authorization, agent }, 'team/app', layer)
  agent.destroy()
  const before = held()
  const clients: RawClient[] = []
  for (let index = 0; index < 10; index++) {
    const client = await connectRaw(gate.port)
    client.socket.pause()
    const head = [
      `GET /v2/team/app/blobs/${digestOf(layer)} HTTP/1.1`,
      'Host: localhost',
      `Authorization: ${authorization}`,
    ]
    client.send(request(head))
    clients.push(client)
  }
  let last = -1
  let same = 0
  await eventually(
    () => `${(held() - before) / kibibyte} KiB are held`,
    () => {
      const now = held()
      same = now === last && now > before ? same + 1 : 0
      last = now
      return same === 10
    },
  )
  expect((held() - before) / clients.length).toBeLessThan(blockSize + 32 * kibibyte)
  for (const client of clients) client.destroy()
})

it('a client that reads in bits gets every byte', async () => {
  const layer = randomBytes(5 * 1024 * kibibyte + 1)
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  await pushBlob({ port: gate.port, authorization, agent }, 'team/bits', layer)
  agent.destroy()
  const client = await connectRaw(gate.port)
  client.socket.on('data', () => {
    client.socket.pause()
    setImmediate(() => client.socket.resume())
  })
  const head = [
    `GET /v2/team/bits/blobs/${digestOf(layer)} HTTP/1.1`,
    'Host: localhost',
    `Authorization: ${authorization}`,
  ]
  client.send(request([...head, 'Connection: close']))
  await client.ended(50_000)
  const [answer] = client.answers()
  expect(answer?.complete).toBe(true)
  expect(digestOf(Buffer.from(answer?.body ?? '', 'latin1'))).toBe(digestOf(layer))
})
