/** What all workers have counted, those included that have ended: a counter never goes back. */
import { setTimeout as delay } from 'node:timers/promises'
import { remainsOf, type Snapshot } from '../../observe/add-up.js'

export interface CountsOf<Worker extends object> {
  /** One snapshot per worker, and one for all that have ended. A worker that is busy is counted as it was when it last answered. */
  gather(workers: readonly Worker[]): Promise<readonly Snapshot[]>
  /** What it counted since it was last asked is lost. */
  ended(worker: Worker): void
}

/** @param timeoutMs how long a worker may take: a scrape is given up after 10 seconds, and tells more when it is not whole */
export function createCounts<Worker extends object>(
  ask: (worker: Worker) => Promise<Snapshot>,
  timeoutMs: number,
): CountsOf<Worker> {
  const last = new Map<Worker, Snapshot>()
  const gone = new WeakSet<Worker>()
  let remains: Promise<Snapshot> = Promise.resolve([])

  const refresh = async (worker: Worker) => {
    const late = new AbortController()
    const answer = ask(worker).catch(() => null)
    const deadline = delay(timeoutMs, null, { signal: late.signal }).catch(() => null)
    const snapshot = await Promise.race([answer, deadline])
    late.abort()
    // One that has ended meanwhile is among the remains.
    if (snapshot !== null && !gone.has(worker)) last.set(worker, snapshot)
  }

  return {
    async gather(workers) {
      await Promise.all(workers.map(refresh))
      return [await remains, ...last.values()]
    },
    ended(worker) {
      const snapshot = last.get(worker)
      gone.add(worker)
      last.delete(worker)
      if (snapshot !== undefined) remains = remains.then(before => remainsOf([before, snapshot]))
    },
  }
}
