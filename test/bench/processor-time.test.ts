/** How the benchmark reads the processor time of a server with its threads and children. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parseProcessTimes, processorSeconds, ticksOfTree } from '../../scripts/bench/processor-time.js'

/** A line of /proc/PID/stat with the fields that matter set, and other numbers around them. */
const stat = (name: string) =>
  `4242 (${name}) S 17 4242 4242 0 -1 4194560 8123 55 1 0 730 210 12 3 20 0 11 0 99999 1 2 3`

describe('a line of /proc/PID/stat', () => {
  test.each(['node', 'nginx: worker', 'a) S 1 2 (b', ''])('is read whatever the name: "%s"', name =>
    expect(parseProcessTimes(stat(name))).toEqual({ pid: 4242, parent: 17, ownTicks: 940, reapedTicks: 15 }),
  )

  test.each(['', 'no stat at all', '4242 (node) S 17', 'x (node) S 1 1 1'])('is not made of "%s"', text =>
    expect(parseProcessTimes(text)).toBeUndefined(),
  )

  test('is what this kernel writes', () =>
    expect(parseProcessTimes(readFileSync('/proc/self/stat', 'utf8'))).toMatchObject({
      pid: process.pid,
      parent: process.ppid,
    }))
})

describe('the ticks of a tree', () => {
  const processes = [
    { pid: 1, parent: 0, ownTicks: 1000, reapedTicks: 1000 },
    { pid: 10, parent: 1, ownTicks: 5, reapedTicks: 2 },
    { pid: 11, parent: 10, ownTicks: 30, reapedTicks: 0 },
    { pid: 12, parent: 10, ownTicks: 40, reapedTicks: 100 },
    { pid: 13, parent: 12, ownTicks: 1, reapedTicks: 0 },
    { pid: 20, parent: 1, ownTicks: 7, reapedTicks: 0 },
  ]

  test.each([
    { root: 10, counts: 'itself, what it has waited for, its children and theirs', ticks: 178 },
    { root: 12, counts: 'nothing of its parent', ticks: 141 },
    { root: 20, counts: 'nothing of its siblings', ticks: 7 },
    { root: 99, counts: 'nothing when it is gone', ticks: 0 },
  ])('counts $counts', ({ root, ticks }) => expect(ticksOfTree(root, processes)).toBe(ticks))
})

test('work of this process shows in its processor seconds', () => {
  const [before = Number.NaN] = processorSeconds([process.pid])
  const enough = process.cpuUsage()
  let used = 0
  while (used < 100_000) {
    const { user, system } = process.cpuUsage(enough)
    used = user + system
  }
  const [after = Number.NaN] = processorSeconds([process.pid])
  expect(after - before).toBeGreaterThanOrEqual(0.09)
})
