/** Every mistake that a person can make on the command line and in the files it names: test/cases/mistakes/*.txt. */
import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { play, readCases } from './command-case.js'
import { commandFixtures } from './command-fixtures.js'

const folder = new URL('../cases/mistakes/', import.meta.url)
const fixtures = await commandFixtures()

for (const file of readdirSync(folder)) {
  describe(file.replace(/\.txt$/, '').replaceAll('-', ' '), () => {
    for (const one of readCases(new URL(file, folder))) {
      it.concurrent(one.title, async () => {
        expect(await play(one, fixtures)).toBe(one.expected)
      })
    }
  })
}
