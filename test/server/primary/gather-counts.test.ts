/** The numbers of workers that come, go and are busy. */
import { expect, it } from 'vitest'
import { addUp, type Snapshot } from '../../../src/observe/add-up.js'
import { createMetrics } from '../../../src/observe/metrics.js'
import { createCounts } from '../../../src/server/primary/gather-counts.js'

/** A worker that has counted `audited` pushes. */
const worker = (audited: number) => ({ audited })
type FakeWorker = ReturnType<typeof worker>

async function snapshotOf({ audited }: FakeWorker): Promise<Snapshot> {
  const metrics = createMetrics()
  for (let count = 0; count < audited; count++) metrics.audited('push')
  return metrics.snapshot()
}

async function pushes(snapshots: readonly Snapshot[]): Promise<number> {
  const text = await addUp(snapshots)
  return Number(/^portcullis_audited_events_total\{event="push"\} (\d+)$/m.exec(text)?.[1])
}

it('are added up, each as it is now', async () => {
  const counts = createCounts(snapshotOf, 1_000)
  const [one, two] = [worker(2), worker(3)]
  expect(await pushes(await counts.gather([one, two]))).toBe(5)
  one.audited = 4
  expect(await pushes(await counts.gather([one, two]))).toBe(7)
})

it('stay when a worker has ended, so that no counter goes back', async () => {
  const counts = createCounts(snapshotOf, 1_000)
  const [one, two, three] = [worker(2), worker(3), worker(1)]
  await counts.gather([one, two])
  counts.ended(one)
  counts.ended(two)
  expect(await pushes(await counts.gather([three]))).toBe(6)
})

it('of a worker that does not answer are those of the time before', async () => {
  let busy = false
  const never = new Promise<Snapshot>(() => {})
  const counts = createCounts((each: FakeWorker) => (busy ? never : snapshotOf(each)), 10)
  const one = worker(2)
  await counts.gather([one])
  busy = true
  expect(await pushes(await counts.gather([one]))).toBe(2)
})

it('of a worker that dies while it is asked are not counted twice', async () => {
  let answer: (snapshot: Snapshot) => void = () => {}
  const one = worker(2)
  let asked = 0
  const counts = createCounts<FakeWorker>(each => {
    asked++
    return asked === 1
      ? snapshotOf(each)
      : new Promise(resolve => {
          answer = resolve
        })
  }, 1_000)
  await counts.gather([one])
  const gathering = counts.gather([one])
  counts.ended(one)
  answer(await snapshotOf(one))
  expect(await pushes(await gathering)).toBe(2)
})

it('of a worker that cannot be asked are left out', async () => {
  const counts = createCounts<FakeWorker>(() => Promise.reject(new Error('it has just died')), 1_000)
  const [remains, ...others] = await counts.gather([worker(1)])
  expect(remains).toEqual([])
  expect(others).toEqual([])
})
