/** Limits the work that runs at the same time per key, such as a user. Further work waits in a queue per key. */
import { RequestError } from '../errors/request-error.js'

export interface ConcurrencyLimit {
  /**
   * Calls `work` once fewer than `maxRunning` calls with the same key are running, in order of arrival. Resolves when
   * `work` has ended. Resolves without a call if `gone` is aborted first.
   * @throws RequestError 'too-many-requests' if the queue of the key is full or `maxWaitMs` have passed; and anything
   *   that `work` rejects with
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
  /** Each function starts one waiting call, in order of arrival. */
  readonly waiting: Set<() => void>
}

/** Keys are independent of each other. A key without running work uses no memory. */
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

/** Resolves to true when a running call has ended and its slot is free, and to false if the client has gone. */
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
