/** What runs in a worker thread: compares one password with one hash at a time. */
import { setPriority } from 'node:os'
import { isMainThread } from 'node:worker_threads'
import { matchesHash } from './hash-formats.js'

export interface Comparison {
  readonly password: string
  readonly hash: string
}

/** `failed`: the hash could not be compared, which lets nobody in and should be reported. */
export type CompareOutcome = 'match' | 'mismatch' | 'failed'

// On Linux a priority belongs to the thread: requests of users already proved go before guesses.
if (!isMainThread && process.platform === 'linux') {
  try {
    setPriority(10)
  } catch {
    // A sandbox may forbid it; logins are then checked at the common priority.
  }
}

/** Never throws. */
export default function compare({ password, hash }: Comparison): CompareOutcome {
  try {
    return matchesHash(password, hash) ? 'match' : 'mismatch'
  } catch {
    return 'failed'
  }
}
