/** Which key signs at which time, when the next one is made, and when an old one goes. */
import { describe, expect, test } from 'vitest'
import type { SigningKey } from '../../src/token/model.js'
import { planRotation, signer } from '../../src/token/rotation.js'

const second = 1000
const hour = 3600 * second
const day = 24 * hour
const start = Date.UTC(2026, 0, 5)
const lifetime = 300

/** `key-1` signs from `signsFrom` on, counted from the start in milliseconds. */
const key = (number: number, signsFrom: number): SigningKey => ({
  id: `key-${number}`,
  createdAt: start,
  signsFrom: start + signsFrom,
  privateKey: '',
  certificate: '',
})

describe('the key that signs', () => {
  test.each([
    ['is nobody without keys', [], 0, undefined],
    ['is the only one', [key(1, 0)], 0, 'key-1'],
    ['is the only one, even before its time', [key(1, 60 * second)], 0, 'key-1'],
    ['is the old one until all gates know the new one', [key(1, 0), key(2, 60 * second)], 59 * second, 'key-1'],
    ['is the new one then', [key(1, 0), key(2, 60 * second)], 60 * second, 'key-2'],
    ['is the last whose time has come', [key(3, 2 * day), key(1, 0), key(2, day)], day, 'key-2'],
    ['is the first to come where none has', [key(2, 2 * day), key(1, day)], 0, 'key-1'],
    ['is the same at every gate where two come at once', [key(2, 0), key(1, 0)], 0, 'key-2'],
  ] as const)('%s', (_, keys, now, id) => {
    expect(signer(keys, start + now)?.id).toBe(id)
    expect(signer([...keys].reverse(), start + now)?.id).toBe(id)
  })
})

describe('the next key', () => {
  test.each([
    ['is made at once where there is none', [], 0, 0],
    ['is not made while there is time', [key(1, 0)], 82 * day, null],
    ['is made a week before it signs', [key(1, 0)], 83 * day, 90 * day],
    ['is not made twice', [key(1, 0), key(2, 90 * day)], 84 * day, null],
    ['still has its week after a gate stood still for a year', [key(1, 0)], 400 * day, 407 * day],
  ] as const)('%s', (_, keys, now, signsFrom) => {
    const { make } = planRotation(keys, start + now, lifetime)
    expect(make).toBe(signsFrom === null ? null : start + signsFrom)
  })
})

describe('an old key', () => {
  const after = 60 * second
  /** The life of a token, the day of an upload and the minute between gates. */
  const over = after + 300 * second + day + 60 * second
  test.each([
    ['stays before the next one signs', [key(1, 0), key(2, after)], 0, []],
    ['stays while an upload may show a token of its last second', [key(1, 0), key(2, after)], over - 1, []],
    ['goes when every token that it signed is over', [key(1, 0), key(2, after)], over, ['key-1']],
    ['stays for ever without a next one', [key(1, 0)], 1000 * day, []],
    ['goes with those before it', [key(1, 0), key(2, hour), key(3, 2 * hour)], 3 * day, ['key-1', 'key-2']],
  ] as const)('%s', (_, keys, now, removed) => {
    expect(planRotation(keys, start + now, lifetime).remove).toEqual(removed)
  })

  test('is never the one that signs', () => {
    for (let days = 0; days < 400; days += 1) {
      const keys = [key(1, 0), key(2, 90 * day), key(3, 180 * day)]
      const now = start + days * day
      expect(planRotation(keys, now, lifetime).remove).not.toContain(signer(keys, now)?.id)
    }
  })

  test('stays longer where tokens live longer', () => {
    const keys = [key(1, 0), key(2, after)]
    expect(planRotation(keys, start + over, 3600).remove).toEqual([])
  })
})
