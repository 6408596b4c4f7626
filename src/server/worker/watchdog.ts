/**
 * Watches over this worker's event loop from a thread of its own: one that stands still is reported, and ends with
 * its primary. (decision P7)
 */
import { Worker } from 'node:worker_threads'
import { programFile } from '../../files/program-file.js'
import type { Handler } from '../../gateway/handle-request.js'
import { readWatchEnvironment } from '../watch-environment.js'
import { recordActivity } from './activity.js'
import type { WatchdogData } from './watchdog-thread.js'

export interface Watchdog {
  /** The worker has started: from now on it may stand still for less time. */
  serves(): void
  /** The same handler; its requests are named in a report. */
  watch(handler: Handler): Handler
}

/** @param onFailure told where the thread cannot run: the worker serves all the same, unwatched */
export function startWatchdog(onFailure: (error: unknown) => void): Watchdog {
  const { reportFd, heartbeatMs } = readWatchEnvironment(process.env)
  const activity = recordActivity()
  setInterval(activity.beat, heartbeatMs).unref()
  const workerData: WatchdogData = { memory: activity.memory, heartbeatMs, reportFd, primary: process.ppid }
  const thread = new Worker(programFile('#watchdog'), {
    workerData,
    // Not those of the program: a debugger's port or --input-type would keep it from starting.
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 1 },
  })
  thread.on('error', onFailure)
  thread.unref()
  return {
    serves: activity.serves,
    watch: handler => (request, response, proceed) => {
      const task = activity.begin(request.method ?? '', request.url ?? '')
      // What ends a request takes its time as well; it is done by the listeners between these two.
      response.once('close', () => activity.touch(task))
      handler(request, response, proceed)
      response.once('close', () => activity.end(task))
    },
  }
}
