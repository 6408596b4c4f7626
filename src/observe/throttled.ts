/** Limits log lines that any connection can cause. */

/**
 * Returns true at most once per `pauseMs`.
 * @param now monotonic clock, in milliseconds
 */
export function throttled(pauseMs: number, now: () => number = () => performance.now()): () => boolean {
  let due = Number.NEGATIVE_INFINITY
  return () => {
    const moment = now()
    if (moment < due) return false
    due = moment + pauseMs
    return true
  }
}
