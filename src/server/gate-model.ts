/** A running gate, and what it is made from. */
import type { Problem } from '../errors/problem.js'
import type { Events } from '../observe/events.js'
import type { Metrics } from '../observe/metrics.js'
import type { Settings } from '../settings/settings.js'
import type { Account } from './drop-privileges.js'

export interface RunningGate {
  /** Of the addresses that are open, with their real ports. */
  readonly urls: readonly string[]
  readonly ports: readonly number[]
  /** Where Prometheus may ask; null for nowhere. */
  readonly metricsUrl: string | null
  /**
   * Reads everything anew and puts it in force in all workers, or in none; what came of it is an event. Asked for again
   * while that is being done, it is done once more.
   */
  reload(): void
  /** Takes no new connections, lets transfers under way end for `limits.drainMs` at most, then cuts what is left. */
  close(): Promise<void>
  /** Cuts everything at once. */
  kill(): void
  /** Resolves where the gate cannot go on, because no worker stays alive. */
  readonly hopeless: Promise<Error>
}

export interface RereadSettings {
  readonly settings: Settings
  readonly notices: readonly Problem[]
}

export interface GateOptions {
  readonly settings: Settings
  readonly events: Events
  /** Of this process; those of its workers are added. */
  readonly metrics: Metrics
  /** Whether log lines are coloured. */
  readonly colour: boolean
  /** Whom the workers become; null: what this process is. */
  readonly account: Account | null
  /** Reads the configuration anew. @throws ProblemsFound */
  readonly reread: () => RereadSettings
}
