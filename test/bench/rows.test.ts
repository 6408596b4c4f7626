/** How the benchmark judges what it has measured, and what it says of what it could not measure. */
import { describe, expect, test } from 'vitest'
import { inTurn, type Outcome } from '../../scripts/bench/in-turn.js'
import { json, table } from '../../scripts/bench/report.js'
import { judge, type Row } from '../../scripts/bench/rows.js'
import { requestsOfWrk } from '../../scripts/bench/small-requests.js'

const row: Row = {
  work: 'pull',
  title: 'pull of a large blob',
  figure: 'processor, s/GiB',
  metric: 'processor',
  contenders: { gate: 'gate', other: 'nginx' },
  atMost: 0.65,
  aim: 0.55,
  limits: 'ratio',
}
const samples = (...values: number[]) => ({ samples: values.map(processor => ({ processor })) })
const judged = (gate: number, other: number, change: Partial<Row> = {}) =>
  judge(
    { ...row, ...change },
    new Map([
      ['gate', samples(gate)],
      ['nginx', samples(other)],
    ]),
  )

describe('a row', () => {
  const verdicts: { gate: number; other: number; change: Partial<Row>; verdict: string }[] = [
    { gate: 0.5, other: 1, change: {}, verdict: 'reached' },
    { gate: 0.65, other: 1, change: {}, verdict: 'reached' },
    { gate: 0.66, other: 1, change: {}, verdict: 'missed' },
    { gate: 9, other: 1, change: { atMost: undefined }, verdict: 'no limit' },
    { gate: 0.4, other: 0.02, change: { atMost: 0.5, limits: 'figure' }, verdict: 'reached' },
    { gate: 0.6, other: 9, change: { atMost: 0.5, limits: 'figure' }, verdict: 'missed' },
  ]

  test.each(verdicts)('of gate $gate and nginx $other with $change is $verdict', ({ gate, other, change, verdict }) =>
    expect(judged(gate, other, change)).toMatchObject({ verdict }),
  )

  test('names the contender that failed', () => {
    const outcomes = new Map<string, Outcome>([
      ['gate', samples(1)],
      ['nginx', { failed: 'connection refused' }],
    ])
    expect(judge(row, outcomes)).toMatchObject({ unmeasured: 'nginx: connection refused' })
  })
})

describe('the table', () => {
  test('has one title for the rows that share it, and says what was not measured', () => {
    const rows = [
      judged(0.5, 1),
      judged(9, 1, { figure: 'wall, s/GiB', atMost: 1, aim: undefined }),
      { ...row, title: 'push of a large blob', unmeasured: 'gate: connection refused\nand a long story' },
    ]
    expect(table(rows, { colours: false })).toBe(
      [
        '  counted            gate  nginx  ratio  in the rounds  at most',
        'pull of a large blob',
        '  processor, s/GiB  0.500   1.00   0.50  0.50 to 0.50   0.65, aim 0.55  reached',
        '  wall, s/GiB        9.00   1.00   9.00  9.00 to 9.00   1.00            missed',
        'push of a large blob',
        '  processor, s/GiB: not measured: gate: connection refused',
        '',
      ].join('\n'),
    )
  })

  test('colours only when it may', () => {
    expect(table([judged(0.5, 1)], { colours: true })).toContain('\x1b[32mreached\x1b[0m')
    expect(table([judged(0.5, 1)], { colours: false })).not.toContain('\x1b')
  })

  test('is also there as JSON, with every sample', () => {
    expect(JSON.parse(json([judged(0.5, 1)], { rounds: 1 }))).toMatchObject({
      rounds: 1,
      rows: [
        { work: 'pull', gate: 0.5, other: 1, ratio: 0.5, verdict: 'reached', samples: { gate: [0.5], other: [1] } },
      ],
    })
  })
})

describe('samples', () => {
  test('are taken in turn, and one that fails does not stop the others', async () => {
    const order: string[] = []
    const sample = (name: string, broken = false) => ({
      name,
      sample: () => {
        order.push(name)
        return broken ? Promise.reject(new Error('refused')) : Promise.resolve({ wall: order.length })
      },
    })
    const failures: string[] = []
    const outcomes = await inTurn([sample('A'), sample('B', true), sample('C')], 2, {
      before: () => Promise.resolve(),
      failed: (name, message) => failures.push(`${name}: ${message}`),
    })
    expect(order).toEqual(['A', 'B', 'C', 'A', 'C'])
    expect(failures).toEqual(['B: refused'])
    expect(outcomes).toEqual(
      new Map<string, unknown>([
        ['A', { samples: [{ wall: 1 }, { wall: 4 }] }],
        ['B', { failed: 'refused' }],
        ['C', { samples: [{ wall: 3 }, { wall: 5 }] }],
      ]),
    )
  })
})

describe('the output of wrk', () => {
  const good =
    'Running 1s test\n  2 threads and 16 connections\n  4242 requests in 1.00s, 5.3MB read\nRequests/sec: 4242.0\n'

  test('gives the number of answered requests', () => expect(requestsOfWrk(good)).toBe(4242))

  test.each([
    ['Non-2xx or 3xx responses: 17', `${good}  Non-2xx or 3xx responses: 17\n`],
    ['Socket errors: connect 0, read 3', `${good}  Socket errors: connect 0, read 3, write 0, timeout 0\n`],
    ['no answered request', '  0 requests in 1.00s, 0.00B read\n'],
  ])('is no measurement with %s', (message, output) => expect(() => requestsOfWrk(output)).toThrow(message))
})
