/** The flags of the benchmark. */
import { expect, test } from 'vitest'
import { readOptions } from '../../scripts/bench/options.js'

test('without flags everything is measured in full', () => {
  const options = readOptions([])
  expect([...options.only]).toEqual(['requests', 'connections', 'pull', 'push', 'start'])
  expect(options).toMatchObject({ quick: false, json: false, rsa: false, node: process.execPath })
})

test('--quick does less of everything', () => {
  const [quick, full] = [readOptions(['--quick']).amount, readOptions([]).amount]
  expect(quick.rounds).toBeLessThan(full.rounds)
  expect(quick.blobMiB).toBeLessThan(full.blobMiB)
})

test('--only may be repeated', () =>
  expect([...readOptions(['--only', 'push', '--only', 'pull']).only]).toEqual(['pull', 'push']))

test.each([
  [['--only', 'everything'], '--only everything: there is requests'],
  [['--fast'], "Unknown option '--fast'"],
  [['quick'], "Unexpected argument 'quick'"],
])('%j is refused', (words, message) => expect(() => readOptions(words)).toThrow(message))
