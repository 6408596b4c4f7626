/** How long connections to a backend rest before they are used again, by what it did so far. */
import { expect, test } from 'vitest'
import { createTrust, distrustMs } from '../../src/forward/trust.js'

function clocked() {
  let time = 0
  const trust = createTrust(() => time)
  const rest = (ms: number, times: number) => {
    for (let index = 0; index < times; index++) trust.restedQuietly(ms)
  }
  return { trust, rest, pass: (ms: number) => (time += ms) }
}

test('a second for a backend of which nothing is known', () => {
  expect(clocked().trust).toMatchObject({ mayReuse: true, restMs: 1_000 })
})

test('50 ms after 256 rests of a second without a byte; shorter ones prove nothing', () => {
  const { trust, rest } = clocked()
  rest(999, 1_000)
  rest(1_000, 255)
  expect(trust.restMs).toBe(1_000)
  rest(2_000, 1)
  expect(trust.restMs).toBe(50)
})

test('never again for a minute after a byte too much, and then as if nothing were known', () => {
  const { trust, rest, pass } = clocked()
  rest(1_000, 256)
  trust.spokeUnasked()
  pass(distrustMs - 1)
  expect(trust.mayReuse).toBe(false)
  pass(1)
  expect(trust).toMatchObject({ mayReuse: true, restMs: 1_000 })
})
