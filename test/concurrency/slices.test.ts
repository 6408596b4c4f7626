/** Long work in slices: others get their turn between two of them, however much work is under way. */
import { describe, expect, it } from 'vitest'
import { countEntries, nextTurn } from '../../src/concurrency/slices.js'

/** Counts turns of the event loop until it is stopped. */
function countTurns() {
  let turns = 0
  let running = true
  const count = () => {
    turns++
    if (running) setImmediate(count)
  }
  setImmediate(count)
  return {
    get turns() {
      return turns
    },
    stop() {
      running = false
    },
  }
}

describe('nextTurn', () => {
  it.each([1, 2, 20])(
    'with %i at work, one slice of all runs in each turn of the event loop, by turns',
    async workers => {
      const loop = countTurns()
      const slices: { readonly worker: number; readonly turn: number }[] = []
      const work = async (worker: number) => {
        for (let slice = 0; slice < 10; slice++) {
          await nextTurn()
          slices.push({ worker, turn: loop.turns })
        }
      }
      await Promise.all(Array.from({ length: workers }, (_, worker) => work(worker)))
      loop.stop()
      expect(slices.map(({ worker }) => worker)).toEqual(slices.map((_, index) => index % workers))
      expect(new Set(slices.map(({ turn }) => turn)).size).toBe(slices.length)
    },
  )

  it('goes on where one that waited begins to wait anew, and after a pause', async () => {
    for (let round = 0; round < 3; round++) await Promise.all([nextTurn().then(nextTurn), nextTurn()])
  })
})

it('countEntries gives true once per slice', () => {
  const sliceEnds = countEntries(3)
  expect(Array.from({ length: 7 }, sliceEnds)).toEqual([false, false, true, false, false, true, false])
})
