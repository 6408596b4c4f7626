/** A limit on what runs at the same time for one user, or whatever the key is: more of it waits in a queue of its own. */
import { RequestError } from '../errors/request-error.js'

export interface ConcurrencyLimit {
  /**
   * Calls `work` once fewer than `maxRunning` calls of the same key are under way, in the order in which they came; resolves when it has
   * ended. Resolves without a call where `gone` is aborted before.
   * @throws RequestError 'too-many-requests' where the queue of the key is full, or `maxWaitMs` have passed; what `work` rejects with
   */
  run(key: string, gone: AbortSignal, work: () => Promise<void>): Promise<void>
}

export interface ConcurrencyLimitOptions {
  readonly maxRunning: number
  readonly maxWaiting: number
  readonly maxWaitMs: number
}

interface Lane {
  running: number
  /** Each begins one that waits, in order. */
  readonly waiting: Set<() => void>
}

/** Keys do not wait for each other; one of which nothing runs takes no memory. */
export function createConcurrencyLimit(options: ConcurrencyLimitOptions): ConcurrencyLimit {
  const lanes = new Map<string, Lane>()

  const leave = (key: string, lane: Lane) => {
    const [next] = lane.waiting
    if (next !== undefined) return next()
    lane.running--
    if (lane.running === 0) lanes.delete(key)
  }
  return {
    async run(key, gone, work) {
      const lane = lanes.get(key) ?? { running: 0, waiting: new Set() }
      lanes.set(key, lane)
      if (lane.running < options.maxRunning) lane.running++
      else if (!(await takeTurn(lane, gone, options))) return
      try {
        await work()
      } finally {
        leave(key, lane)
      }
    },
  }
}

/** Resolves to true with the place of one that has ended, to false where the client has gone. */
function takeTurn(
  { waiting }: Lane,
  gone: AbortSignal,
  { maxWaiting, maxWaitMs }: ConcurrencyLimitOptions,
): Promise<boolean> {
  return new Promise((resolve, reject) => {
    if (waiting.size >= maxWaiting) return reject(tooMany())
    if (gone.aborted) return resolve(false)
    const stopWaiting = () => {
      clearTimeout(late)
      gone.removeEventListener('abort', giveUp)
      waiting.delete(begin)
    }
    const begin = () => {
      stopWaiting()
      resolve(true)
    }
    const giveUp = () => {
      stopWaiting()
      resolve(false)
    }
    const late = setTimeout(() => {
      stopWaiting()
      reject(tooMany())
    }, maxWaitMs)
    gone.addEventListener('abort', giveUp)
    waiting.add(begin)
  })
}

const retryAfterSeconds = 5

const tooMany = () => new RequestError('too-many-requests', { headers: { 'Retry-After': String(retryAfterSeconds) } })
