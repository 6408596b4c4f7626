/** Work that is asked for many times is done one after the other, and no more often than needed. */
import { expect, it } from 'vitest'
import { coalesced } from '../../../src/server/primary/coalesced.js'

it('is done once for one asker, and once more for all who asked while it ran', async () => {
  const ends: (() => void)[] = []
  let running = 0
  let most = 0
  const ask = coalesced(async () => {
    running++
    most = Math.max(most, running)
    await new Promise<void>(resolve => ends.push(resolve))
    running--
  })
  const turn = () => new Promise(resolve => setImmediate(resolve))
  for (let time = 0; time < 20; time++) ask()
  expect(ends).toHaveLength(1)
  ends[0]?.()
  await turn()
  expect(ends).toHaveLength(2)
  ends[1]?.()
  await turn()
  expect(ends).toHaveLength(2)
  ask()
  expect(ends).toHaveLength(3)
  expect(most).toBe(1)
})
