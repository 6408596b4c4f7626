/** Workers that die as soon as they serve, again and again: the gate gives up and ends, so that whoever watches over it can act. */
import { afterEach, expect, it } from 'vitest'
import { type Gate, startGate } from '../end-to-end/parts/gate.js'

let gate: Gate
let killing: NodeJS.Timeout
afterEach(async () => {
  clearInterval(killing)
  await gate.stop()
})

it('ends with 70 and says why, also while it listens for a scrape', async () => {
  gate = await startGate('embedded', { flags: ['--workers', '1', '--metrics', '127.0.0.1:0'] })
  killing = setInterval(() => {
    try {
      for (const pid of gate.workers()) process.kill(pid, 'SIGKILL')
    } catch {
      // It has ended meanwhile, which is waited for below.
    }
  }, 20)
  expect(await gate.exited).toEqual({ code: 70, signal: null })
  expect(gate.log()).toMatch(/error: \d+ workers in a row ended soon after their start; the last one: SIGKILL/)
})
