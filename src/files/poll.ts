/** Looks again and again: events of the file system are lost by renames, bind mounts and network file systems. */

/**
 * Calls `poll` at once and then each time after as many milliseconds as it gave, never twice at a time. Keeps no process alive.
 * @param poll must not reject
 * @returns what ends it
 */
export function pollRepeatedly(poll: () => Promise<number>): () => void {
  let timer: NodeJS.Timeout | undefined
  let closed = false
  const again = (ms: number): void => {
    if (closed) return
    timer = setTimeout(() => void poll().then(again), ms)
    timer.unref()
  }
  again(0)
  return () => {
    closed = true
    clearTimeout(timer)
  }
}
