/** Does at once, or once more afterwards, what is asked for many times. */

/**
 * @param work must not reject
 * @returns starts `work`; asked while it runs, however often, it runs exactly once more, so that the last asker is served by a run that
 * began after it asked
 */
export function coalesced(work: () => Promise<void>): () => void {
  let running = false
  let again = false
  const run = async () => {
    running = true
    do {
      again = false
      await work()
    } while (again)
    running = false
  }
  return () => {
    if (running) again = true
    else void run()
  }
}
