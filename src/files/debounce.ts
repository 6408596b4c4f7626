/** Decides when a changed file may be read: not while another process is still writing it. Pure: time is passed in. */
import type { FileStamp } from './file-stamp.js'

/** In milliseconds of a clock that never goes back. */
export interface Settling {
  /** The state that was acted on last; null before the first time. */
  readonly inForce: string | null
  /** The state of last time, and since when it has been the same. */
  readonly seen: string | null
  readonly since: number
}

/** Before the first state: whatever comes first, once settled, is acted on. */
export const unsettled: Settling = { inForce: null, seen: null, since: 0 }

/** What the file looks like, and how long to wait before looking again when it has to settle. */
export interface DebounceStep {
  readonly next: Settling
  /** The state is new and has been the same for `settleMs`: read the file, or report the error. */
  readonly act: boolean
  /** Milliseconds until the state will have settled; null when there is nothing to wait for. */
  readonly settlesInMs: number | null
}

/**
 * A file counts once it has been unchanged for `settleMs`, whatever stands in it, even nothing: an in-place rewrite first
 * empties the file, and its last line may be incomplete between two writes. Trouble settles the same way, so that the
 * moment between a removal and a rename is not reported.
 */
export function observe(state: Settling, fileState: FileStamp, now: number, settleMs: number): DebounceStep {
  const seen = describe(fileState)
  if (seen === state.inForce) return { next: { ...state, seen, since: now }, act: false, settlesInMs: null }
  if (seen !== state.seen) return { next: { ...state, seen, since: now }, act: false, settlesInMs: settleMs }
  const left = settleMs - (now - state.since)
  return left > 0
    ? { next: state, act: false, settlesInMs: left }
    : { next: { ...state, inForce: seen }, act: true, settlesInMs: null }
}

/** What was read is not what was seen: the file has to settle again. */
export function changedMeanwhile(state: Settling): Settling {
  return { ...state, inForce: null, seen: null }
}

function describe(fileState: FileStamp): string {
  return 'stamp' in fileState ? `file ${fileState.stamp}` : `error ${fileState.error}`
}
