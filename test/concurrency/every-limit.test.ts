/** Work over many items, a few at the same time: the bound, the order, and that it stops. */
import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { everyLimit } from '../../src/concurrency/every-limit.js'

const items = Array.from({ length: 100 }, (_, index) => index)

describe('everyLimit', () => {
  it.each([
    [1, 1],
    [8, 8],
    [200, 100],
  ])('with a limit of %i runs at most %i at the same time, all of them once and in order', async (limit, most) => {
    const started: number[] = []
    let running = 0
    let highest = 0
    const all = await everyLimit(items, limit, async item => {
      started.push(item)
      highest = Math.max(highest, ++running)
      await turn()
      running--
      return true
    })
    expect([all, highest, started]).toEqual([true, most, items])
  })

  it('starts no further one behind the first that is false', async () => {
    const started: number[] = []
    const all = await everyLimit(items, 8, async item => {
      started.push(item)
      await turn()
      return item !== 10
    })
    expect(all).toBe(false)
    expect(started.length).toBeLessThanOrEqual(10 + 8)
  })

  it('rejects with the first failure, once nothing is under way any more', async () => {
    let running = 0
    let started = 0
    const failing = everyLimit(items, 8, async item => {
      started++
      running++
      await turn()
      running--
      if (item === 3) throw new Error('the third')
      return true
    })
    await expect(failing).rejects.toThrow('the third')
    expect(running).toBe(0)
    expect(started).toBeLessThanOrEqual(3 + 2 * 8)
  })

  it('of nothing is true', async () => expect(await everyLimit([], 8, async () => false)).toBe(true))
})
