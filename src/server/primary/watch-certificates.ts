/** Notices that a certificate or its key changed, and reads both once they fit together. */
import { performance } from 'node:perf_hooks'
import { loadPair } from '../../certificates/load-pair.js'
import { type Problem, ProblemsFound } from '../../errors/problem.js'
import { changedMeanwhile, observe, unsettled } from '../../files/debounce.js'
import { type FileStamp, statFile } from '../../files/file-stamp.js'
import { pollRepeatedly } from '../../files/poll.js'
import type { CertificateFiles } from '../../routes/model.js'
import type { PairText } from '../serving-state.js'

export interface CertificateWatchOptions {
  /** What is in force at the start. */
  readonly initial: PairText
  /** Called with another pair than before, which TLS accepts; and with what deserves a look in it. */
  readonly onChange: (pair: PairText, warnings: readonly Problem[]) => void
  /** The files changed and cannot be used: told once for each change. The pair before stays in force. */
  readonly onError: (problems: readonly Problem[]) => void
  readonly intervalMs?: number
  /** How long both files must have been unchanged: a renewal writes one after the other. */
  readonly settleMs?: number
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number
}

export interface CertificateWatch {
  /** Looks at the files now. Returns after how many milliseconds they should be looked at again. Never rejects. */
  poll(): Promise<number>
  close(): void
}

/** Polls for as long as it is not closed. */
export function watchCertificate(files: CertificateFiles, options: CertificateWatchOptions): { close(): void } {
  const watch = createCertificateWatch(files, options)
  const stop = pollRepeatedly(watch.poll)
  return {
    close() {
      stop()
      watch.close()
    },
  }
}

/** The same without a timer: the caller calls poll(). */
export function createCertificateWatch(
  { cert, key, where }: CertificateFiles,
  {
    initial,
    onChange,
    onError,
    intervalMs = 500,
    settleMs = 500,
    now = () => performance.now(),
  }: CertificateWatchOptions,
): CertificateWatch {
  let inForce = initial
  let state = unsettled
  let closed = false
  /** Both files as one: where either changes, both have to settle. */
  const look = async (): Promise<FileStamp> => {
    const fileStates = [await statFile(cert), await statFile(key)]
    return {
      stamp: fileStates.map(fileState => ('stamp' in fileState ? fileState.stamp : fileState.error)).join(' | '),
    }
  }

  const read = async (fileState: FileStamp) => {
    try {
      // Where nobody named the files, they are themselves the place of what is wrong with them.
      const pair = await loadPair(cert, key, where === cert ? null : where, new Date())
      if (JSON.stringify(await look()) !== JSON.stringify(fileState)) {
        state = changedMeanwhile(state)
        return
      }
      const next = { cert: pair.cert, key: pair.key.reveal(), anchor: pair.anchor }
      if (closed || (next.cert === inForce.cert && next.key === inForce.key)) return
      inForce = next
      onChange(next, pair.warnings)
    } catch (error) {
      if (closed) return
      onError(error instanceof ProblemsFound ? error.problems : [{ where: cert, message: String(error) }])
    }
  }

  return {
    async poll() {
      const fileState = await look()
      if (closed) return intervalMs
      const step = observe(state, fileState, now(), settleMs)
      state = step.next
      if (step.act) await read(fileState)
      return Math.min(intervalMs, step.settlesInMs ?? intervalMs)
    },
    close() {
      closed = true
    },
  }
}
