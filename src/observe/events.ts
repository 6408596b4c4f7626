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

/** How the users of one file differ from those before: numbers, no names. */
export interface UsersChange {
  readonly file: string
  /** All of them now. */
  readonly count: number
  readonly added: number
  readonly removed: number
  /** Those with another password. */
  readonly changed: number
}

export interface CertificateChange {
  readonly file: string
  /** ISO 8601, UTC. */
  readonly validUntil: string
}

export interface ReloadChanges {
  readonly users: readonly UsersChange[]
  readonly certificates: readonly CertificateChange[]
  /** URLs of addresses. */
  readonly opened: readonly string[]
  readonly closed: readonly string[]
}

export interface Events {
  requestAnswered(request: AnsweredRequest): void
  /** Our own fault: the request got a 500. */
  requestFailed(error: unknown): void
  /** A worker died and is replaced; its transfers are lost. */
  workerLost(pid: number, reason: string): void
  /** A fault of ours that no request can be blamed for: the process ends. */
  processFailed(error: unknown): void
  usersChanged(change: UsersChange): void
  /** A certificate was renewed and is in force in every worker. */
  certificateChanged(change: CertificateChange): void
  /** Its files changed and cannot be used: the pair before stays in force. */
  certificateRefused(problems: readonly Problem[]): void
  /** Something in a file is not as it should be, and the gate goes on. */
  noticed(problem: Problem): void
  /** The configuration, certificates and users were read anew and are in force in every worker. */
  reloaded(changes: ReloadChanges): void
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
      log.error({ error: stackOf(error) }, 'a request failed inside the gate')
    },
    workerLost(pid, reason) {
      log.error({ pid, reason }, 'a worker ended and is replaced')
    },
    processFailed(error) {
      log.fatal({ error: stackOf(error) }, 'a worker failed and ends')
    },
    usersChanged(change) {
      log.info({ ...change }, 'users read')
    },
    certificateChanged(change) {
      log.info({ ...change }, 'a certificate changed and is in force')
    },
    certificateRefused(problems) {
      log.error({ problems }, 'a certificate changed and cannot be used: the one before stays in force')
    },
    noticed(problem) {
      log.warn({ where: problem.where, ...(problem.hint === undefined ? {} : { hint: problem.hint }) }, problem.message)
    },
    reloaded(changes) {
      log.info({ ...changes }, 'the configuration was read anew and is in force')
    },
    reloadRefused(problems) {
      log.error({ problems }, 'the configuration was read anew and cannot be used: what was in force stays')
    },
    stopping(signal) {
      log.info({ signal }, 'stopping')
    },
  }
}

const stackOf = (error: unknown) => (error instanceof Error ? (error.stack ?? error.message) : String(error))
