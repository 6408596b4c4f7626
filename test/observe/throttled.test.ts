/** How often something is let through, written as the moments at which it was asked for. */
import { expect, it } from 'vitest'
import { throttled } from '../../src/observe/throttled.js'

it('once, and again when the pause is over', () => {
  let moment = 0
  const due = throttled(100, () => moment)
  const asked = [0, 1, 99, 100, 150, 199, 200, 1_000, 1_001].filter(now => {
    moment = now
    return due()
  })
  expect(asked).toEqual([0, 100, 200, 1_000])
})
