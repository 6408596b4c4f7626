/** The watchdog of a worker, with heartbeats of 50 ms: what it reports, and when it ends the process by itself. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { watchEnvironment } from '../../../src/server/watch-environment.js'
import { eventually } from '../../end-to-end/parts/settle.js'
import { makeSpin, type Spin } from '../../end-to-end/parts/spin.js'

const program = new URL('../../../dist/server/worker/worker.js', import.meta.url)
const heartbeatMs = 50

let spin: Spin
let worker: ChildProcess
beforeAll(() => {
  spin = makeSpin()
})
afterEach(() => worker.kill('SIGKILL'))
afterAll(() => spin.remove())

async function start(reportFd: number | null): Promise<() => string> {
  const env = { ...process.env, ...spin.environment, ...watchEnvironment({ reportFd, heartbeatMs }) }
  worker = fork(program, [], { serialization: 'advanced', env, stdio: ['ignore', 'inherit', 'inherit', 'ipc', 'pipe'] })
  let reported = ''
  const pipe = worker.stdio[4]
  if (!(pipe instanceof Readable)) throw new Error('there is no pipe for reports')
  pipe.setEncoding('utf8').on('data', (text: string) => {
    reported += text
  })
  expect(await once(worker, 'message')).toEqual([{ kind: 'started' }, undefined])
  return () => reported
}

it('a worker that stands still while it starts is reported after 30 heartbeats, and ends where nobody kills it', async () => {
  const reported = await start(4)
  const exited = once(worker, 'exit')
  worker.kill('SIGUSR2')
  expect(await exited).toEqual([null, 'SIGKILL'])
  await eventually(
    () => `reported: ${reported()}`,
    () => reported() === 'its event loop stood still for 1.5 s\tstarting\n',
  )
})

it('a worker whose reports reach nobody ends as well', async () => {
  await start(null)
  const exited = once(worker, 'exit')
  worker.kill('SIGUSR2')
  expect(await exited).toEqual([null, 'SIGKILL'])
})

it('a worker that was suspended as a whole is neither reported nor ended', async () => {
  const reported = await start(4)
  const pid = worker.pid ?? 0
  worker.kill('SIGSTOP')
  // The state follows the name: proc(5).
  await eventually(
    () => 'it is not suspended',
    () => /\) T /.test(readFileSync(`/proc/${pid}/stat`, 'utf8')),
  )
  const suspended = performance.now()
  await eventually(
    () => 'the time does not pass',
    () => performance.now() - suspended > 60 * heartbeatMs,
  )
  worker.kill('SIGCONT')
  worker.send({ kind: 'drain' })
  expect(await once(worker, 'exit')).toEqual([0, null])
  expect(reported()).toBe('')
})
