/** Notices that an htpasswd file changed, however it was changed: in place, by rename, through a link, inside a mount. */
import { performance } from 'node:perf_hooks'
import type { Problem } from '../../errors/problem.js'
import { changedMeanwhile, observe, unsettled } from '../../files/debounce.js'
import { type FileStamp, statFile } from '../../files/file-stamp.js'
import { pollRepeatedly } from '../../files/poll.js'
import { isCut, withFormerUsers } from './cut-file.js'
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
  /** How long a file that is cut in its last line must have been unchanged before it counts as it is. */
  readonly cutRestMs?: number
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number
  /** The file cannot be read, or is cut, and the last good list stays in force. Told once for each reason, until it can be used again. */
  readonly onError?: (problem: Problem) => void
}

export interface UsersWatch {
  /** What is in force: of the last readable state of the file. */
  current(): ParsedHtpasswd
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

/** The same without a timer: the caller calls poll(). */
export function createWatch(file: string, onChange: OnChange, options: WatchOptions): UsersWatch {
  const { initial, intervalMs = 200, settleMs = 300, cutRestMs = 60_000, now = () => performance.now() } = options
  let inForce = initial
  /** The last state of the file that was whole. */
  let whole = initial
  /** What the file says while it is cut, and since when. */
  let cut: { readonly parsed: ParsedHtpasswd; readonly since: number } | null = null
  let state = unsettled
  let told: string | null = null
  let closed = false

  async function act(fileState: FileStamp): Promise<void> {
    const reading = await readHtpasswd(file)
    if (closed) return
    if ('error' in reading) {
      cut = null
      tell(reading.error, 'the users known so far can still log in; put the file back')
      // Seen from outside it may look good, and what keeps it from being opened may pass: try again.
      if ('stamp' in fileState) state = changedMeanwhile(state)
      return
    }
    if (!('stamp' in fileState) || fileState.stamp !== reading.stamp) {
      state = changedMeanwhile(state)
      return
    }
    const { parsed } = reading
    if (!isCut(parsed, whole)) return accept(parsed)
    // The same content, written again, is no longer on its way.
    const isSame = cut !== null && sameUsers(cut.parsed, parsed) && cut.parsed.openLine?.text === parsed.openLine?.text
    cut = { parsed, since: isSame && cut !== null ? cut.since : now() }
    tell(
      'is cut in its last line',
      'the users known so far can still log in; write it whole, or it counts as it is after a minute',
    )
    putInForce(withFormerUsers(parsed, whole))
  }

  function accept(parsed: ParsedHtpasswd): void {
    told = null
    cut = null
    whole = parsed
    putInForce(parsed)
  }

  function putInForce(next: ParsedHtpasswd): void {
    const isChange = !sameUsers(inForce, next) || !sameProblems(inForce.problems, next.problems)
    inForce = next
    if (isChange) onChange(next, next.problems)
  }

  function tell(error: string, hint: string): void {
    if (told === error) return
    told = error
    options.onError?.({ where: file, message: `the users file ${error}`, hint })
  }

  /** Milliseconds until a cut file counts as it is, which it does at once where they are over; null for none that rests. */
  function awaitRest(): number | null {
    if (cut === null || state.seen !== state.inForce) return null
    const left = cut.since + cutRestMs - now()
    if (left <= 0) accept(cut.parsed)
    return left <= 0 ? null : left
  }

  return {
    current: () => inForce,
    async poll() {
      const fileState = await statFile(file)
      if (closed) return intervalMs
      const step = observe(state, fileState, now(), settleMs)
      state = step.next
      if (step.act) await act(fileState)
      return Math.min(intervalMs, step.settlesInMs ?? intervalMs, awaitRest() ?? intervalMs)
    },
    close() {
      closed = true
    },
  }
}

function sameProblems(a: readonly Problem[], b: readonly Problem[]): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
