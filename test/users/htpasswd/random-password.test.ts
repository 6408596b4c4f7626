/** Passwords that the program chooses. */
import { expect, it } from 'vitest'
import { randomPassword } from '../../../src/users/htpasswd/random-password.js'

it('has four groups of five characters that cannot be mistaken for others', () => {
  expect(randomPassword()).toMatch(/^([a-km-np-z2-9]{5}-){3}[a-km-np-z2-9]{5}$/)
})

it('uses each of the 32 characters for exactly eight of the 256 bytes', () => {
  const counts = new Map<string, number>()
  for (let start = 0; start < 260; start += 20) {
    const bytes = Uint8Array.from({ length: 20 }, (_, index) => start + index)
    for (const character of randomPassword(() => bytes)
      .replaceAll('-', '')
      .slice(0, Math.max(0, 256 - start))) {
      counts.set(character, (counts.get(character) ?? 0) + 1)
    }
  }
  expect(counts.size).toBe(32)
  expect(new Set(counts.values())).toEqual(new Set([8]))
})

it('is another one each time', () => {
  expect(new Set(Array.from({ length: 1000 }, () => randomPassword())).size).toBe(1000)
})
