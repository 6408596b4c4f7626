/** What happens, one function per event: the only place that decides what a log line holds. */
import type { Problem } from '../errors/problem.js'
import type { Logger } from './logger.js'

export interface AnsweredRequest {
  readonly method: string
  /** Without the query, which may hold what is nobody's business. */
  readonly path: string
  readonly status: number
  readonly user: string | null
  readonly address: string
  /** Bytes written to the client, headers included. */
  readonly bytes: number
  readonly milliseconds: number
  /** Whether the client got the whole answer. */
  readonly complete: boolean
  /** The code of errors/request-error.ts; null where the request was not refused by the gate. */
  readonly error: string | null
  /** What went wrong below, for the operator alone. */
  readonly cause: string | null
}

export interface Events {
  requestAnswered(request: AnsweredRequest): void
  /** Our own fault: the request got a 500. */
  requestFailed(error: unknown): void
  /** A worker died and is replaced; its transfers are lost. */
  workerLost(pid: number, reason: string): void
  usersChanged(file: string, count: number): void
  /** Something in a file is not as it should be, and the gate goes on. */
  noticed(problem: Problem): void
  /** The configuration, certificates and users were read anew and are in force in every worker. */
  reloaded(): void
  /** They could not be used: what was in force stays. */
  reloadRefused(problems: readonly Problem[]): void
  /** A signal came: no new connections, transfers under way may end. */
  stopping(signal: string): void
}

export function createEvents(log: Logger): Events {
  return {
    requestAnswered(request) {
      const { error, cause, user, complete, ...always } = request
      log.info(
        {
          ...always,
          ...(user === null ? {} : { user }),
          ...(complete ? {} : { complete }),
          ...(error === null ? {} : { error }),
          ...(cause === null ? {} : { cause }),
        },
        'request',
      )
    },
    requestFailed(error) {
      log.error(
        { error: error instanceof Error ? (error.stack ?? error.message) : String(error) },
        'a request failed inside the gate',
      )
    },
    workerLost(pid, reason) {
      log.error({ pid, reason }, 'a worker ended and is replaced')
    },
    usersChanged(file, count) {
      log.info({ file, count }, 'users read')
    },
    noticed(problem) {
      log.warn({ where: problem.where, ...(problem.hint === undefined ? {} : { hint: problem.hint }) }, problem.message)
    },
    reloaded() {
      log.info('the configuration was read anew and is in force')
    },
    reloadRefused(problems) {
      log.error({ problems }, 'the configuration was read anew and cannot be used: what was in force stays')
    },
    stopping(signal) {
      log.info({ signal }, 'stopping')
    },
  }
}
