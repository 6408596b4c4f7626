/** How many connections a limit of file descriptors allows: nine tenths of it, and two descriptors of a worker for each. */
import { describe, expect, it, test } from 'vitest'
import { connectionLimits, unreachableLimit } from '../../src/server/connection-limits.js'

const where = 'portcullis.yaml:3'

describe('without a setting', () => {
  test.each([
    // descriptors, workers, connections, of one worker
    [20_000, 1, 9_000, 9_000],
    [20_000, 2, 18_000, 9_000],
    [20_000, 8, 18_000, 9_000],
    [1_024, 2, 916, 458],
    [256, 2, 148, 74],
    [64, 1, 8, 8],
  ])(
    '%i descriptors and %i workers allow %i connections, %i for each worker',
    (descriptors, workers, max, perWorker) => {
      expect(connectionLimits({ workers, connections: null }, descriptors)).toMatchObject({ max, perWorker })
    },
  )

  it('the primary holds no more than it has descriptors for, and 4096 at most', () => {
    expect(connectionLimits({ workers: 2, connections: null }, 1_024).held).toBe(916)
    expect(connectionLimits({ workers: 2, connections: null }, 20_000).held).toBe(4_096)
  })
})

describe('a setting', () => {
  const of = (max: number) => ({ workers: 4, connections: { max, where } })

  it('below that is the limit', () => {
    expect(connectionLimits(of(500), 20_000)).toMatchObject({ max: 500, perWorker: 9_000 })
    expect(unreachableLimit(of(500), 20_000)).toEqual([])
  })

  it('above nine tenths holds as far as every worker has two descriptors for each', () => {
    expect(connectionLimits(of(30_000), 20_000).max).toBe(30_000)
    expect(unreachableLimit(of(30_000), 20_000)).toEqual([])
    expect(connectionLimits(of(50_000), 20_000).max).toBe(36_000)
    expect(unreachableLimit(of(50_000), 20_000)).toMatchObject([
      {
        where,
        message:
          '50000 connections are more than the limit of file descriptors allows: 4 workers have 36000, 9000 each',
      },
    ])
  })
})
