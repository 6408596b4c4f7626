/** Runs asynchronous work over many items with limited concurrency. */

/**
 * Like `Array.every`, with at most `limit` concurrent calls of `work`. It starts the calls in order, and stops starting
 * new ones as soon as a call returns false or rejects.
 * @returns whether all calls returned true; resolves after the last running call has ended
 * @throws the error of the first call that rejected
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
