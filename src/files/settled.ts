/** Waits until nobody is writing files any more: for who reads them at once, without having watched them. */
import { performance } from 'node:perf_hooks'
import { setTimeout as pause } from 'node:timers/promises'
import { observe, unsettled } from './debounce.js'
import { statFile } from './file-stamp.js'

/** In milliseconds. */
export interface SettledOptions {
  /** How long each file must have looked the same. */
  readonly settleMs?: number
  /** After so long they are taken as they are. */
  readonly timeoutMs?: number
}

const betweenLooksMs = 50

/** A file that is not there settles like any other. Never rejects. */
export async function settled(files: readonly string[], options: SettledOptions = {}): Promise<void> {
  const { settleMs = 300, timeoutMs = 3_000 } = options
  const until = performance.now() + timeoutMs
  const settles = async (file: string) => {
    let state = unsettled
    while (performance.now() < until) {
      const step = observe(state, await statFile(file), performance.now(), settleMs)
      if (step.act) return
      state = step.next
      await pause(betweenLooksMs)
    }
  }
  await Promise.all(files.map(settles))
}
