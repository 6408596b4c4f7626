/** What becomes of the others when a process of the gate is killed: workers are replaced, and none outlives its primary. */
import { existsSync } from 'node:fs'
import { afterEach, describe, expect, it } from 'vitest'
import { authorization, type Gate, startGate } from './parts/gate.js'
import { killWorker } from './parts/kill-worker.js'
import { outcomeTable, send, startLoad } from './parts/load.js'
import { eventually } from './parts/settle.js'

let gate: Gate
afterEach(() => gate.stop())

const start = async (workers: number) => {
  gate = await startGate('embedded', { flags: ['--workers', String(workers)] })
  expect(gate.workers()).toHaveLength(workers)
}

describe('a worker that is killed with -9', () => {
  it('is replaced, and under constant pushes and pulls nothing is lost but what it had', async () => {
    await start(2)
    const clients = { pullers: 3, pushers: 2 }
    const load = await startLoad({ port: gate.port, authorization, ...clients, blobBytes: 64 * 1024 })
    const kills = 3
    const had = new Set<number>()
    for (let time = 1; time <= kills; time++) {
      const before = load.done
      await eventually(
        () => 'the load does not run',
        () => load.done > before + 20,
      )
      const [victim = 0, other = 0] = gate.workers()
      for (const client of killWorker(victim, gate.port)) had.add(client)
      await eventually(
        () => `workers: ${gate.workers().join()}`,
        () => gate.workers().length === 2 && !gate.workers().includes(victim),
      )
      expect(gate.workers()).toContain(other)
      await eventually(
        () => `${time} were killed, and the log says:\n${gate.log().slice(-2_000)}`,
        () => gate.log().split('"reason":"SIGKILL"').length === time + 1,
      )
    }
    const before = load.done
    await eventually(
      () => 'the load does not run any more',
      () => load.done > before + 20,
    )
    await load.stop()
    console.log(`requests while ${kills} workers were killed:\n${outcomeTable(load)}`)
    expect(load.lost.filter(({ from }) => !had.has(from))).toEqual([])
    expect(load.lost.filter(({ outcome }) => !/ECONNRESET|hang up|EPIPE/.test(outcome))).toEqual([])
  })

  it('keeps the port open even where it was the only one: who comes meanwhile is answered by its successor', async () => {
    await start(1)
    for (let time = 0; time < 3; time++) {
      const [victim = 0] = gate.workers()
      process.kill(victim, 'SIGKILL')
      const requests = Array.from({ length: 5 }, () => send({ port: gate.port, authorization }, 'GET', '/v2/'))
      // One may have reached the worker in its last moment.
      const outcomes = await Promise.allSettled(requests)
      const later = await send({ port: gate.port, authorization }, 'GET', '/v2/')
      expect(later.status).toBe(200)
      const reasons = outcomes.flatMap(outcome => (outcome.status === 'rejected' ? [String(outcome.reason)] : []))
      expect(reasons.filter(reason => !/ECONNRESET|hang up/.test(reason))).toEqual([])
    }
  })
})

describe('a primary that is killed with -9', () => {
  it('leaves no worker behind', async () => {
    await start(2)
    const workers = gate.workers()
    process.kill(gate.pid, 'SIGKILL')
    await gate.exited
    await eventually(
      () => 'a worker is still there',
      () => !workers.some(pid => existsSync(`/proc/${pid}`)),
    )
  })
})
