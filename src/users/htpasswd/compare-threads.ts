/** Worker threads that compare passwords with hashes, started when there is work and ended when there is none. */
import { Tinypool } from 'tinypool'
import type { CompareOutcome, Comparison } from './compare-thread.js'

/** Compares somewhere else than on the event loop. */
export interface Comparer {
  /** Rejects only when the threads cannot run or were closed in the meantime. */
  compare(comparison: Comparison): Promise<CompareOutcome>
  /** Ends at once what is under way. */
  close(): Promise<void>
}

/** A thread takes some 30 ms to start, so it stays for a while after its last comparison. */
const idleMs = 30_000

/** Threads do not keep the process alive while they are idle. `threadFile` is compare-thread.js in its compiled form. */
export function startComparer(threadFile: URL, threads: number): Comparer {
  let closed = false
  let lastFault: unknown
  let pool = open()

  function open(): Tinypool {
    const opened = new Tinypool({
      filename: threadFile.href,
      runtime: 'worker_threads',
      minThreads: 0,
      maxThreads: threads,
      idleTimeout: idleMs,
      // Not those of the program: a debugger's port or --input-type would keep a thread from starting.
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 4 },
    })
    // A thread that dies before its first comparison leaves what waits for it unanswered; destroying the pool answers.
    opened.on('error', (fault: unknown) => {
      lastFault = fault
      if (pool !== opened || closed) return
      pool = open()
      destroy(opened)
    })
    return opened
  }

  return {
    async compare({ password, hash }) {
      if (closed) throw new Error('the threads that compare passwords are closed')
      try {
        const outcome: CompareOutcome = await pool.run({ password, hash })
        return outcome
      } catch (fault) {
        throw closed ? fault : (lastFault ?? fault)
      }
    },
    async close() {
      closed = true
      await destroy(pool)
    },
  }
}

/** A thread that dies of an error while it is being ended has ended, too. */
function destroy(pool: Tinypool): Promise<void> {
  return pool.destroy().catch(() => undefined)
}
