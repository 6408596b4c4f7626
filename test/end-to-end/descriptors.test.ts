/** More connections than there are file descriptors: the others are served, and nothing is lost for good. */
import { readdirSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { authorization, type Gate, startGate } from './parts/gate.js'
import { digestOf, send } from './parts/load.js'
import { connectRaw, request } from './parts/raw-client.js'
import { eventually } from './parts/settle.js'

let gate: Gate
afterEach(() => gate.stop())

const openFiles = (pid: number) => readdirSync(`/proc/${pid}/fd`).length
const logged = (text: string) => gate.log().split(text).length - 1
const ask = () => send({ port: gate.port, authorization }, 'GET', '/v2/').then(({ status }) => status)

/** Connections that say nothing; resolves when each of them is open or was refused. */
async function flood(count: number): Promise<readonly Socket[]> {
  const sockets = Array.from({ length: count }, () => connect({ host: '127.0.0.1', port: gate.port }))
  await Promise.all(
    sockets.map(
      socket =>
        new Promise<void>(resolve => {
          socket.once('connect', resolve).once('error', () => resolve())
        }),
    ),
  )
  for (const socket of sockets) socket.on('error', () => {})
  return sockets
}

describe('three times as many idle connections as all workers have descriptors', () => {
  it('closed again, leave a gate that serves, five times in a row', async () => {
    const descriptors = 200
    gate = await startGate('embedded', { descriptors, flags: ['--workers', '2', '--metrics', '127.0.0.1:0'] })
    const client = await connectRaw(gate.port)
    const askAgain = async (answers: number) => {
      client.send(request(['GET /v2/ HTTP/1.1', 'Host: localhost', `Authorization: ${authorization}`]))
      await client.until(() => client.answers().length === answers)
    }
    await askAgain(1)
    const base = openFiles(gate.pid)
    for (let round = 1; round <= 5; round++) {
      const sockets = await flood(3 * 2 * descriptors)
      // Who was there before goes on.
      await askAgain(round + 1)
      for (const socket of sockets) socket.destroy()
      const released = performance.now()
      expect(await ask()).toBe(200)
      process.stdout.write(`round ${round}: served ${Math.round(performance.now() - released)} ms after the flood\n`)
      await eventually(
        () => `the primary has ${openFiles(gate.pid)} open files instead of ${base}\n${gate.log()}`,
        () => openFiles(gate.pid) <= base,
      )
    }
    expect(client.answers().map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200])
    client.destroy()
    expect(await (await fetch(gate.metricsUrl)).text()).toMatch(/^portcullis_open_connections \d+$/m)
    process.kill(gate.pid, 'SIGHUP')
    await eventually(
      () => gate.log(),
      () => logged('the configuration was reloaded and is in force') === 1,
    )
    expect(gate.log()).not.toMatch(/Warning|EMFILE/)
  })
})

it('more pulls and pushes at once than connections may be open are all served, in turn', async () => {
  // Enough for 23 connections, each of which takes a file as well, and for as many that wait.
  gate = await startGate('embedded', { descriptors: 150, flags: ['--workers', '1'] })
  const blob = Buffer.alloc(1_000_000, 'a')
  const digest = digestOf(blob)
  const to = { port: gate.port, authorization }
  const push = async () => {
    const { location } = await send(to, 'POST', '/v2/team/app/blobs/uploads/')
    const mark = location.includes('?') ? '&' : '?'
    return (await send(to, 'PUT', `${location}${mark}digest=${digest}`, blob)).status
  }
  expect(await push()).toBe(201)
  const pull = async () => (await send(to, 'GET', `/v2/team/app/blobs/${digest}`)).body.equals(blob)
  const outcomes = await Promise.all(Array.from({ length: 20 }, () => [pull(), push()]).flat())
  expect(outcomes.filter(outcome => outcome !== true && outcome !== 201)).toEqual([])
  expect(gate.log()).not.toMatch(/EMFILE|Warning|"level":"error"/)
})

describe('connections: { max: 3 }', () => {
  it('lets three be open, and a fourth one wait until one of them ends; the log says so once, and once that it is over', async () => {
    const yaml = 'connections: { max: 3 }\n'
    gate = await startGate('embedded', { yaml, flags: ['--workers', '2', '--metrics', '127.0.0.1:0'] })
    const clients = await Promise.all([1, 2, 3].map(() => connectRaw(gate.port)))
    const fourth = ask()
    const scrape = async () => (await fetch(gate.metricsUrl)).text()
    await eventually(
      () => 'nobody waits',
      async () => /^portcullis_connections_waiting 1$/m.test(await scrape()),
    )
    expect(await scrape()).toMatch(/^portcullis_open_connections 3$/m)
    expect(await scrape()).toMatch(/^portcullis_max_connections 3$/m)
    clients[0]?.destroy()
    expect(await fourth).toBe(200)
    for (const client of clients) client.destroy()
    await eventually(
      () => gate.log(),
      () => logged('new connections no longer wait') === 1,
    )
    expect(logged('as many connections are open as may be: new ones wait')).toBe(1)
    expect(gate.log()).toMatch(/"waited":1,"closed":0,"msg":"new connections no longer wait"/)
    expect(await scrape()).toMatch(/^portcullis_connections_dropped_total\{reason="limit"\} 0$/m)
  })

  it('is another limit after a reload', async () => {
    gate = await startGate('embedded', { yaml: 'connections: { max: 1 }\n', flags: ['--workers', '1'] })
    const first = await connectRaw(gate.port)
    const second = ask()
    writeFileSync(join(gate.folder, 'portcullis.yaml'), 'connections: { max: 2 }\n')
    process.kill(gate.pid, 'SIGHUP')
    expect(await second).toBe(200)
    first.destroy()
  })
})
