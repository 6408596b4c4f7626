/** Notices that an htpasswd file changed, however it was changed: in place, by rename, through a link, inside a mount. */
import { performance } from 'node:perf_hooks'
import type { Problem } from '../errors/problem.js'
import { pollRepeatedly } from '../files/poll.js'
import { changedMeanwhile, observe, unsettled } from '../files/settling.js'
import { lookAt, type Sight } from '../files/sight.js'
import type { ParsedHtpasswd } from './parse.js'
import { readHtpasswd } from './read-file.js'
import { sameUsers, type Users } from './users.js'

export interface WatchOptions {
  /** What is in force at the start, as loadUsers gave it. */
  readonly initial: ParsedHtpasswd
  /** How often the file is looked at. A change is in force this time and `settleMs` after the last write. */
  readonly intervalMs?: number
  /** How long the file must have been unchanged. */
  readonly settleMs?: number
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number
  /** The file cannot be read, and the last good list stays in force. Told once for each reason, until it can be read. */
  readonly onTrouble?: (problem: Problem) => void
}

export interface UsersWatch {
  /** The users in force: of the last readable state of the file. */
  current(): Users
  /** Looks at the file now. Returns after how many milliseconds it should be looked at again. Never rejects. */
  poll(): Promise<number>
  close(): void
}

/** Called when the users or the lines that cannot be used are others than before, with both. Must not throw. */
export type OnChange = (users: Users, problems: readonly Problem[]) => void

/** Polls for as long as it is not closed. */
export function watchUsers(file: string, onChange: OnChange, options: WatchOptions): UsersWatch {
  const watch = createWatch(file, onChange, options)
  const stop = pollRepeatedly(watch.poll)
  return {
    ...watch,
    close() {
      stop()
      watch.close()
    },
  }
}

/** The same without a timer: somebody else calls poll(). */
export function createWatch(file: string, onChange: OnChange, options: WatchOptions): UsersWatch {
  const { initial, intervalMs = 200, settleMs = 300, now = () => performance.now() } = options
  let inForce = initial
  let state = unsettled
  let told: string | null = null
  let closed = false

  async function act(sight: Sight): Promise<void> {
    const reading = await readHtpasswd(file)
    if (closed) return
    if ('trouble' in reading) {
      tell(reading.trouble)
      // Seen from outside it may look good, and what keeps it from being opened may pass: try again.
      if ('stamp' in sight) state = changedMeanwhile(state)
      return
    }
    if (!('stamp' in sight) || sight.stamp !== reading.stamp) {
      state = changedMeanwhile(state)
      return
    }
    told = null
    const { parsed } = reading
    if (sameUsers(inForce, parsed) && sameProblems(inForce.problems, parsed.problems)) return
    inForce = parsed
    onChange(parsed, parsed.problems)
  }

  function tell(trouble: string): void {
    if (told === trouble) return
    told = trouble
    options.onTrouble?.({
      where: file,
      message: `the users file ${trouble}`,
      hint: 'the users known so far can still log in; put the file back',
    })
  }

  return {
    current: () => inForce,
    async poll() {
      const sight = await lookAt(file)
      if (closed) return intervalMs
      const step = observe(state, sight, now(), settleMs)
      state = step.next
      if (step.act) await act(sight)
      return Math.min(intervalMs, step.settlesInMs ?? intervalMs)
    },
    close() {
      closed = true
    },
  }
}

function sameProblems(a: readonly Problem[], b: readonly Problem[]): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
