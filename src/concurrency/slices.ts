/** Long work on the event loop, in slices: between two of them others are served. */

const waiting: (() => void)[] = []

function resume(): void {
  const next = waiting.shift()
  // What goes on runs before the event loop does, and what it asks for then is behind those who wait already.
  if (waiting.length > 0) setImmediate(resume)
  next?.()
}

/**
 * Resolves in another turn of the event loop. All who wait take turns, and one of them goes on in each: however many work at the same time,
 * others wait for one slice at most.
 */
export function nextTurn(): Promise<void> {
  return new Promise(resolve => {
    waiting.push(resolve)
    if (waiting.length === 1) setImmediate(resume)
  })
}

/** Entries of a list of which each takes a few microseconds. */
const entriesPerSlice = 256

/** For each piece of work its own: call it once per entry, and wait for `nextTurn` whenever it gives true. */
export function countEntries(perSlice = entriesPerSlice): () => boolean {
  let entries = 0
  return () => ++entries % perSlice === 0
}
