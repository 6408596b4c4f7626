/** Runs asynchronous work over many items, a few of them at the same time. */

/**
 * Like `Array.every`, with at most `limit` calls of `work` under way: calls it with each item in order, and starts no further one as soon
 * as a call gives false or rejects.
 * @returns whether all of them gave true, once no call is under way any more
 * @throws what the first call that failed rejects with
 */
export async function everyLimit<T>(
  items: Iterable<T>,
  limit: number,
  work: (item: T) => Promise<boolean>,
): Promise<boolean> {
  const queue = items[Symbol.iterator]()
  let stopped = false
  const run = async () => {
    try {
      for (let next = queue.next(); !stopped && !next.done; next = queue.next()) {
        if (!(await work(next.value))) stopped = true
      }
    } catch (error) {
      stopped = true
      throw error
    }
  }
  const ended = await Promise.allSettled(Array.from({ length: limit }, run))
  const failed = ended.find(lane => lane.status === 'rejected')
  if (failed !== undefined) throw failed.reason
  return !stopped
}
