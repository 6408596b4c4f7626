/** Keeps what may happen with every connection from filling a log. */

/** Says yes once in so many milliseconds. @param now the clock, in milliseconds */
export function sparingly(pauseMs: number, now: () => number = () => performance.now()): () => boolean {
  let due = Number.NEGATIVE_INFINITY
  return () => {
    const moment = now()
    if (moment < due) return false
    due = moment + pauseMs
    return true
  }
}
