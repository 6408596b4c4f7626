/** A worker whose event loop stands still: it is killed and replaced, and it does not outlive its primary. */
import { existsSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { authorization, type Gate, startGate } from './parts/gate.js'
import { clientsOf } from './parts/kill-worker.js'
import { send } from './parts/load.js'
import { connectRaw, request } from './parts/raw-client.js'
import { eventually } from './parts/settle.js'
import { makeSpin, type Spin } from './parts/spin.js'

let spin: Spin
let gate: Gate
beforeAll(() => {
  spin = makeSpin()
})
afterEach(() => gate.stop())
afterAll(() => spin.remove())

const start = async (workers: number) => {
  gate = await startGate('embedded', { environment: spin.environment, flags: ['--workers', String(workers)] })
}

const ask = async () => (await send({ port: gate.port, authorization }, 'GET', '/v2/')).status

it('a worker that stands still is killed after 10 seconds with a log line that names its requests, and replaced', async () => {
  await start(2)
  const before = gate.workers()
  const started = await send({ port: gate.port, authorization }, 'POST', '/v2/team/app/blobs/uploads/')
  const client = await connectRaw(gate.port)
  client.send(
    request([
      `PATCH ${started.location} HTTP/1.1`,
      'Host: localhost',
      `Authorization: ${authorization}`,
      'Expect: 100-continue',
      'Content-Length: 1000000',
    ]),
  )
  await client.until(() => client.received().includes('100 Continue'))
  const port = client.socket.localPort ?? 0
  const victim = before.find(pid => clientsOf(pid, gate.port).has(port)) ?? 0
  await spin.spin(victim)
  await eventually(
    () => `workers: ${gate.workers().join()}; ${gate.log()}`,
    () => gate.workers().length === 2 && !gate.workers().includes(victim),
    40_000,
  )
  await client.ended()
  expect([await ask(), await ask(), await ask()]).toEqual([200, 200, 200])
  const line =
    gate
      .log()
      .split('\n')
      .find(each => each.includes('a worker ended and is replaced')) ?? '{}'
  expect(JSON.parse(line)).toMatchObject({ level: 'error', pid: victim, reason: 'its event loop stood still for 10 s' })
  expect(JSON.parse(line).doing).toMatch(/^1 request under way: PATCH \/v2\/NAME\/blobs\/uploads\/ID for \d\d s$/)
}, 120_000)

it('workers that stand still end with their primary', async () => {
  await start(2)
  const workers = gate.workers()
  for (const pid of workers) await spin.spin(pid)
  process.kill(gate.pid, 'SIGKILL')
  await gate.exited
  try {
    await eventually(
      () => 'a worker is still there',
      () => !workers.some(isThere),
    )
  } finally {
    // A test that fails leaves nothing behind that spins.
    for (const pid of workers.filter(isThere)) process.kill(pid, 'SIGKILL')
  }
})

const isThere = (pid: number) => existsSync(`/proc/${pid}`)
