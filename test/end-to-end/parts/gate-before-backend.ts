/** The stage of most tests here: one gate before one scripted backend, from the first test of a file to the last. */
import { afterAll, beforeAll, beforeEach } from 'vitest'
import { type FaultyBackend, startFaultyBackend } from './faulty-backend.js'
import { type Gate, type GateOptions, startGate } from './gate.js'

export interface Stage {
  readonly gate: Gate
  /** With its usual scripts again, and without requests, at the beginning of each test. */
  readonly backend: FaultyBackend
}

/** Both are there once the first test runs, and gone after the last. */
export function gateBeforeBackend(options: GateOptions = {}): Stage {
  let stage: Stage | null = null
  const present = (): Stage => {
    if (stage === null) throw new Error('the stage is not set yet: it is for tests, not for the describe around them')
    return stage
  }
  beforeAll(async () => {
    const backend = await startFaultyBackend()
    stage = { backend, gate: await startGate(backend.url, options) }
  })
  beforeEach(() => present().backend.reset())
  afterAll(async () => {
    await stage?.gate.stop()
    await stage?.backend.close()
  })
  return {
    get gate() {
      return present().gate
    },
    get backend() {
      return present().backend
    },
  }
}
