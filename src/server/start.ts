/** The primary: reads every file, lets workers serve, and watches over files and workers. */
import { randomBytes } from 'node:crypto'
import type { Problem } from '../errors/problem.js'
import type { ParsedHtpasswd } from '../htpasswd/parse.js'
import { type UsersWatch, watchUsers } from '../htpasswd/watch.js'
import { addUp } from '../observe/add-up.js'
import type { Events } from '../observe/events.js'
import type { Metrics } from '../observe/metrics.js'
import type { Settings } from '../settings/settings.js'
import { type MetricsListener, openMetricsListener } from './metrics-listener.js'
import { loadFiles, servingState } from './serving-state.js'
import { createWorkers, type Serving, type Workers } from './workers.js'

export interface RunningGate extends Serving {
  /** Where Prometheus may ask; null for nowhere. */
  readonly metricsUrl: string | null
  /**
   * Reads every file anew and puts new settings in force in all workers, or in none.
   * @throws ProblemsFound with everything that is wrong; nothing has changed then
   */
  reload(settings: Settings): Promise<void>
  /** Takes no new connections, lets transfers under way end for `limits.drainMs` at most, then cuts what is left. */
  close(): Promise<void>
}

export interface GateOptions {
  readonly settings: Settings
  readonly events: Events
  /** Of this process; those of its workers are added. */
  readonly metrics: Metrics
  /** Whether log lines are coloured. */
  readonly colour: boolean
}

/** @throws ProblemsFound with everything that keeps the gate from starting; nothing stays open then */
export async function startGate({ settings, events, metrics, colour }: GateOptions): Promise<RunningGate> {
  const passwordKey = randomBytes(32)
  const files = await loadFiles(settings, new Date())
  for (const warning of files.warnings) events.noticed(warning)
  const workers = createWorkers({ count: settings.workers, colour, events })
  const scrape = async () => addUp([await metrics.snapshot(), ...(await workers.counted())])
  let serving: Serving
  let listener: MetricsListener | null = null
  try {
    serving = await workers.serve(servingState(settings, files, passwordKey))
    if (settings.metrics !== null)
      listener = await openMetricsListener({ ...settings.metrics, flag: '--metrics' }, scrape, events)
  } catch (error) {
    await workers.drain()
    throw error
  }
  let watches = watchAll(files.users, workers, events)
  return {
    ...serving,
    metricsUrl: listener?.url ?? null,
    async reload(next) {
      const reread = await loadFiles(next, new Date())
      await workers.serve(servingState(next, reread, passwordKey))
      for (const warning of reread.warnings) events.noticed(warning)
      for (const watch of watches) watch.close()
      watches = watchAll(reread.users, workers, events)
    },
    async close() {
      for (const watch of watches) watch.close()
      await workers.drain()
      // Until here the last transfers can be watched.
      await listener?.close()
    },
  }
}

function watchAll(parsed: ReadonlyMap<string, ParsedHtpasswd>, workers: Workers, events: Events): UsersWatch[] {
  return [...parsed].map(([file, initial]) =>
    watchUsers(
      file,
      (users, problems: readonly Problem[]) => {
        workers.usersChanged(file, { file, entries: users.entries })
        events.usersChanged(file, users.entries.size)
        for (const problem of problems) events.noticed(problem)
      },
      { initial, onTrouble: problem => events.usersRefused(problem) },
    ),
  )
}
