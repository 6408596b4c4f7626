/** The one object that everything else is built from: plain data, complete and valid, never read from again. */
import type { Listener } from '../routes/model.js'

export interface Settings {
  readonly listeners: readonly Listener[]
  /** Folder of the embedded registry; null where no route uses it. */
  readonly storage: string | null
  readonly log: { readonly level: LogLevel; readonly format: 'json' | 'pretty' }
  readonly limits: Limits
}

export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent'

/** Times in milliseconds. */
export interface Limits {
  /** A client's request header must be complete, and a silent connection is closed, after this time. */
  readonly headerMs: number
  /** A kept connection without a request is closed after this time. */
  readonly keepAliveMs: number
  /** A transfer without progress is ended after this time. */
  readonly idleMs: number
  /** How long transfers under way may take to end after SIGTERM. */
  readonly drainMs: number
}
