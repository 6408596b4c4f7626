/** The keys of session tickets are new ones twice a day. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createTicketKeys } from '../../../src/server/primary/ticket-keys.js'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

it('keys of 48 bytes are replaced after 12 hours, which is told, until they are closed', () => {
  let made = 0
  const told: number[] = []
  const keys = createTicketKeys(
    bytes => new Uint8Array(bytes).fill(++made),
    () => told.push(keys.current[0] ?? 0),
  )
  expect(keys.current).toEqual(new Uint8Array(48).fill(1))
  vi.advanceTimersByTime(12 * 3_600_000 - 1)
  expect(told).toEqual([])
  vi.advanceTimersByTime(1)
  expect(told).toEqual([2])
  vi.advanceTimersByTime(12 * 3_600_000)
  expect(told).toEqual([2, 3])
  keys.close()
  vi.advanceTimersByTime(24 * 3_600_000)
  expect(told).toEqual([2, 3])
})
