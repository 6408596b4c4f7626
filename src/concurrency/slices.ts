/** Splits long work on the event loop into slices, so that other requests are served between them. (decision R14) */

const waiting: (() => void)[] = []

function resume(): void {
  const next = waiting.shift()
  // The resumed work runs before the next event loop phase. Its next request for a turn is therefore queued behind the
  // others.
  if (waiting.length > 0) setImmediate(resume)
  next?.()
}

/**
 * Resolves in a later turn of the event loop. Each turn resumes one waiter, so other events wait for one slice at most,
 * however many tasks run.
 */
export function nextTurn(): Promise<void> {
  return new Promise(resolve => {
    waiting.push(resolve)
    if (waiting.length === 1) setImmediate(resume)
  })
}

/** Number of entries per slice, for lists whose entries take a few microseconds each. */
const entriesPerSlice = 256

/** Creates a counter for one piece of work. Call it once per entry, and await `nextTurn` each time it returns true. */
export function countEntries(perSlice = entriesPerSlice): () => boolean {
  let entries = 0
  return () => ++entries % perSlice === 0
}
