/** What the benchmark calculates from its samples, and how it writes figures. */
import { describe, expect, test } from 'vitest'
import { compare, formatFigure, formatRatio, median } from '../../scripts/bench/statistics.js'

describe('median', () => {
  test.each([
    { values: [3], is: 3 },
    { values: [3, 1, 2], is: 2 },
    { values: [4, 1, 3, 2], is: 2.5 },
    { values: [100, 1, 1, 1, 90], is: 1 },
    { values: [10, 9, 2], is: 9 },
  ])('of $values is $is', ({ values, is }) => expect(median(values)).toBe(is))

  test('of nothing is not a number', () => expect(median([])).toBeNaN())

  test('leaves the samples in their order', () => {
    const samples = [3, 1, 2]
    median(samples)
    expect(samples).toEqual([3, 1, 2])
  })
})

test('a comparison quotes the ratio of the medians and the extremes of single rounds', () => {
  expect(compare([2, 4, 9], [4, 4, 4])).toEqual({ gate: 4, other: 4, ratio: 1, lowest: 0.5, highest: 2.25 })
})

test.each([
  [0.0042, '1/238'],
  [0.004, '1/250'],
  [0.0999, '1/10'],
  [0.1, '1/10'],
  [0.07, '1/14.3'],
  [0.101, '0.10'],
  [0.55, '0.55'],
  [1.2, '1.20'],
  [40.29, '40.29'],
  [Number.NaN, '-'],
  [Number.POSITIVE_INFINITY, '-'],
])('the ratio %d is written %s', (ratio, text) => expect(formatRatio(ratio)).toBe(text))

test.each([
  [0, '0'],
  [0.012345, '0.0123'],
  [1.2345, '1.23'],
  [56.94, '56.9'],
  [488.4, '488'],
  [12345, '12345'],
  [Number.NaN, '-'],
])('the figure %d is written %s', (figure, text) => expect(formatFigure(figure)).toBe(text))
