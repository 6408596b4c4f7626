/** A worker that cannot take a connection, because it has no descriptor left: the primary takes the connection back. */
import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { afterEach, describe, expect, it } from 'vitest'
import { authorization, type Gate, startGate } from '../end-to-end/parts/gate.js'
import { send } from '../end-to-end/parts/load.js'
import { eventually } from '../end-to-end/parts/settle.js'
import { require } from './parts/availability.js'

let gate: Gate
afterEach(() => gate.stop())

const openFiles = (pid: number) => readdirSync(`/proc/${pid}/fd`).length
const ask = async () => (await send({ port: gate.port, authorization }, 'GET', '/v2/')).status

describe.runIf(require('unshare'))('a worker without a free descriptor', () => {
  it('costs the primary no descriptor for good; once it has some again it serves', async () => {
    gate = await startGate('embedded', { flags: ['--workers', '2', '--metrics', '127.0.0.1:0'] })
    expect([await ask(), await ask()]).toEqual([200, 200])
    const base = openFiles(gate.pid)
    const [worker = 0] = gate.workers()
    // Below what it has open already: only the soft limit, so that it can be raised again.
    const limit = (soft: number | string) => execFileSync('prlimit', ['--pid', String(worker), `--nofile=${soft}:`])
    limit(10)
    const outcomes = await Promise.allSettled(Array.from({ length: 10 }, ask))
    const lost = outcomes.filter(({ status }) => status === 'rejected').length
    // The other worker has half of them at least.
    expect(lost).toBeGreaterThan(0)
    expect(lost).toBeLessThanOrEqual(5)
    const told = () =>
      [...gate.log().matchAll(/"connections":(\d+),"msg":"a worker did not take/g)].reduce(
        (sum, [, count]) => sum + Number(count),
        0,
      )
    await eventually(
      () => `${lost} are lost, the primary has ${openFiles(gate.pid)} open files instead of ${base}\n${gate.log()}`,
      () => openFiles(gate.pid) <= base && told() === lost,
    )
    expect(await (await fetch(gate.metricsUrl)).text()).toContain(
      `portcullis_connections_dropped_total{reason="not-taken"} ${lost}\n`,
    )
    limit(1_000)
    for (let turn = 0; turn < 10; turn++) expect(await ask()).toBe(200)
    expect(gate.workers()).toContain(worker)
  })
})
