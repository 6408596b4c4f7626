/** Whatever a client asks for: never a byte outside the blob, never more bytes than the blob has. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { chunkRange, lengthOf, requestedRanges } from '../../src/embedded-registry/byte-ranges.js'

const number = fc.oneof(fc.nat(30), fc.constantFrom('', '99999999999999999999', 'x', ' 1'))
const header = fc
  .array(fc.tuple(number, number), { minLength: 1, maxLength: 5 })
  .map(ranges => `bytes=${ranges.map(([start, end]) => `${start}-${end}`).join(',')}`)

test('ranges of any header lie within the content', () => {
  fc.assert(
    fc.property(header, fc.nat(20), (text, size) => {
      const ranges = requestedRanges(text, size)
      if (ranges === 'all' || ranges === 'unsatisfiable') return
      for (const { start, end } of ranges) {
        expect(start).toBeGreaterThanOrEqual(0)
        expect(end).toBeGreaterThanOrEqual(start)
        expect(end).toBeLessThan(size)
      }
      expect(ranges.reduce((sum, range) => sum + lengthOf(range), 0)).toBeLessThanOrEqual(size)
    }),
    { numRuns: 2000 },
  )
})

const ranges = (count: number) =>
  `bytes = ${Array.from({ length: count }, (_, at) => `${2 * at}-${2 * at}`).join(' , ')}`

test('200 ranges are sent, and more of them are ignored', () => {
  expect(requestedRanges(ranges(200), 1000)).toHaveLength(200)
  expect(requestedRanges(ranges(201), 1000)).toBe('all')
})

test.each([
  ['0-0', { start: 0, end: 0 }],
  ['5-9', { start: 5, end: 9 }],
  ['bytes 5-9/*', { start: 5, end: 9 }],
  ['bytes=5-9/100', { start: 5, end: 9 }],
  ['9-5', null],
  ['-5', null],
  ['5-', null],
  ['a-b', null],
  ['', null],
])('Content-Range: %s of a chunk -> %j', (text, range) => {
  expect(chunkRange(text)).toEqual(range)
})
