/** The program of a worker, without a primary that does it any good: it ends, and says why. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { afterEach, expect, it } from 'vitest'

const program = new URL('../../../dist/server/worker/worker.js', import.meta.url)
let worker: ChildProcess
afterEach(() => worker.kill('SIGKILL'))

async function start(): Promise<() => string> {
  worker = fork(program, [], { serialization: 'advanced', silent: true })
  let said = ''
  worker.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  const [first] = await once(worker, 'message')
  expect(first).toEqual({ kind: 'started' })
  return () => said
}

it('ends with 70 and says where, after a fault of its own', async () => {
  const said = await start()
  worker.send({ kind: 'prepare', id: 1, state: null })
  expect(await once(worker, 'close')).toEqual([70, null])
  expect(said()).toMatch(/TypeError: .*\n.* at /)
})

it('ends when its primary is gone', async () => {
  await start()
  worker.disconnect()
  expect(await once(worker, 'exit')).toEqual([0, null])
})

it('does not end by signals, which a terminal sends to every process', async () => {
  await start()
  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGHUP'] as const) worker.kill(signal)
  worker.send({ kind: 'drain' })
  expect(await once(worker, 'exit')).toEqual([0, null])
})
