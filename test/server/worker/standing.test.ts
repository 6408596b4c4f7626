/** How much speaks for a guess, by what came from a network before. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createStanding } from '../../../src/server/worker/standing.js'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('suspicion', () => {
  it('grows with each password of the network that is being checked, and with each wrong one', () => {
    const standing = createStanding(100)
    const from = (network: string) => standing.suspicion(network, 'amy')
    expect(from('192.0.2.1')).toBe(1)
    const [first, second] = [standing.begin('192.0.2.1', 'amy'), standing.begin('192.0.2.1', 'bob')]
    expect([from('192.0.2.1'), from('192.0.2.2')]).toEqual([3, 1])
    first('wrong')
    second('unknown')
    expect(from('192.0.2.1')).toBe(2)
  })

  it('is nothing for a user who has been right from there, and not for others there, nor elsewhere', () => {
    const standing = createStanding(100)
    standing.begin('192.0.2.1', 'amy')('right')
    standing.begin('192.0.2.1', 'bob')('wrong')
    expect(standing.suspicion('192.0.2.1', 'amy')).toBe(0)
    expect(standing.suspicion('192.0.2.1', 'bob')).toBe(2)
    expect(standing.suspicion('192.0.2.2', 'amy')).toBe(1)
    expect(standing.hasBeenRight('192.0.2.1', 'amy')).toBe(true)
    expect(standing.hasBeenRight('192.0.2.2', 'amy')).toBe(false)
  })

  it('is forgotten five minutes after the last wrong password, and where more networks were wrong since than are remembered', () => {
    const standing = createStanding(2)
    const wrong = (network: string) => standing.begin(network, 'amy')('wrong')
    wrong('192.0.2.1')
    vi.advanceTimersByTime(299_000)
    wrong('192.0.2.1')
    vi.advanceTimersByTime(299_000)
    expect(standing.suspicion('192.0.2.1', 'amy')).toBe(3)
    vi.advanceTimersByTime(1_001)
    expect(standing.suspicion('192.0.2.1', 'amy')).toBe(1)
    for (const network of ['192.0.2.1', '192.0.2.2', '192.0.2.3']) wrong(network)
    expect(standing.suspicion('192.0.2.1', 'amy')).toBe(1)
  })
})
