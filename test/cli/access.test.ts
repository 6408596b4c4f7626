/** `portcullis access test` as a person sees it: test/cases/access/*.txt. */
import { describe, expect, it } from 'vitest'
import { play, readCases } from './command-case.js'
import { commandFixtures } from './command-fixtures.js'

const fixtures = await commandFixtures()

describe('portcullis access test', () => {
  for (const one of readCases(new URL('../cases/access/test.txt', import.meta.url))) {
    it.concurrent(one.title, async () => {
      expect(await play(one, fixtures)).toBe(one.expected)
    })
  }
})
