/** The program of the watchdog's thread: counts the ticks of its own clock in which the worker's event loop did not beat. */
import { writeSync } from 'node:fs'
import { workerData } from 'node:worker_threads'
import { readActivity } from './activity.js'

export interface WatchdogData {
  readonly memory: SharedArrayBuffer
  /** Milliseconds between two heartbeats, and between two looks. */
  readonly heartbeatMs: number
  /** Where the primary reads; null where nobody does. */
  readonly reportFd: number | null
  /** The process to end with. */
  readonly primary: number
}

/** Heartbeats. Ticks of this thread and no clock: a process that was suspended as a whole has missed none. */
const limits = { serving: 10, starting: 30 } as const
/** The primary logs the report and kills; where it does not do so in time, this thread does. */
const graceAfterReport = 5
const graceWithoutPrimary = 1

const data: WatchdogData = workerData
const activity = readActivity(data.memory)
const perBeat = data.heartbeatMs / 1_000
let seen = -1
let missed = 0
let reported = false
let alone = 0

function look(): void {
  const { heartbeats } = activity
  missed = heartbeats === seen ? missed + 1 : 0
  seen = heartbeats
  // A worker that goes on ends by itself when it loses its primary.
  alone = process.ppid === data.primary ? 0 : alone + 1
  if (alone > graceWithoutPrimary) return end()
  const limit = activity.serving ? limits.serving : limits.starting
  if (missed >= limit && !reported) report()
  if (missed >= limit + graceAfterReport) end()
}

function report(): void {
  reported = true
  const seconds = missed * perBeat
  const text = `its event loop stood still for ${seconds} s\t${activity.describe(seconds, perBeat)}\n`
  try {
    if (data.reportFd !== null) writeSync(data.reportFd, text)
  } catch {
    // The primary is gone, or does not read; this thread ends the process by itself.
  }
}

function end(): void {
  process.kill(process.pid, 'SIGKILL')
}

setInterval(look, data.heartbeatMs)
