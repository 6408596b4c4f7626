/** What happens, one function per event: the only place that decides what a log line holds and what is counted. */
import type { Problem } from '../errors/problem.js'
import type { AnsweredRequest } from './answered-request.js'
import { auditedEvent } from './audit.js'
import type { Logger } from './logger.js'
import { type CertificateEnd, createMetrics, type Metrics, type Transfer } from './metrics.js'

export interface Events {
  requestBegan(transfer: Transfer): void
  requestAnswered(transfer: Transfer, request: AnsweredRequest): void
  /** Our own fault: the request got a 500. */
  requestFailed(error: unknown): void
  /** A worker died and is replaced; its transfers are lost. */
  workerLost(pid: number, reason: string): void
  usersChanged(file: string, count: number): void
  /** A changed file with users cannot be used: those who were there before stay. */
  usersRefused(problem: Problem): void
  /** Something in a file is not as it should be, and the gate goes on. */
  noticed(problem: Problem): void
  /** The configuration, certificates and users were read anew and are in force in every worker. */
  reloaded(): void
  /** They could not be used: what was in force stays. */
  reloadRefused(problems: readonly Problem[]): void
  /** These and no others are presented from now on. */
  certificatesInForce(certificates: readonly CertificateEnd[]): void
  /** A signal came: no new connections, transfers under way may end. */
  stopping(signal: string): void
}

export function createEvents(log: Logger, metrics: Metrics = createMetrics()): Events {
  return {
    requestBegan(transfer) {
      metrics.requestBegan(transfer)
    },
    requestAnswered(transfer, request) {
      metrics.requestAnswered(transfer, request)
      if (request.access !== 'off') log[request.access === 'on' ? 'info' : 'debug'](accessFields(request), 'request')
      const event = auditedEvent(request)
      if (event === null) return
      metrics.audited(event)
      const level = event === 'login-failure' || event === 'denial' ? 'warn' : 'info'
      log[level]({ event, ...auditFields(request) }, 'audit')
    },
    requestFailed(error) {
      log.error(
        { error: error instanceof Error ? (error.stack ?? error.message) : String(error) },
        'a request failed inside the gate',
      )
    },
    workerLost(pid, reason) {
      metrics.workerLost()
      log.error({ pid, reason }, 'a worker ended and is replaced')
    },
    usersChanged(file, count) {
      metrics.usersRead('read')
      log.info({ file, count }, 'users read')
    },
    usersRefused(problem) {
      metrics.usersRead('refused')
      log.warn(...problemLine(problem))
    },
    noticed(problem) {
      log.warn(...problemLine(problem))
    },
    reloaded() {
      metrics.configurationRead('read')
      log.info('the configuration was read anew and is in force')
    },
    reloadRefused(problems) {
      metrics.configurationRead('refused')
      log.error({ problems }, 'the configuration was read anew and cannot be used: what was in force stays')
    },
    certificatesInForce(certificates) {
      metrics.certificatesInForce(certificates)
    },
    stopping(signal) {
      log.info({ signal }, 'stopping')
    },
  }
}

function problemLine({ where, message, hint }: Problem): [object, string] {
  return [{ where, ...known({ hint: hint ?? null }) }, message]
}

function accessFields(request: AnsweredRequest): object {
  const { method, path, status, address, received, bytes, milliseconds, complete } = request
  const { user, action, repository, reference, agent, error, cause } = request
  return {
    method,
    path,
    status,
    address,
    received,
    bytes,
    milliseconds,
    ...known({ user, action, repository, reference, agent }),
    ...(complete ? {} : { complete }),
    ...known({ error, cause }),
  }
}

/** Who, from where, with what, to what: enough without the line of the request. */
function auditFields(request: AnsweredRequest): object {
  const { user, claimedUser, address, agent, method, path } = request
  const { action, repository, reference, digest, replaced, status, received, bytes } = request
  const what = repository === null ? { path } : known({ repository, reference, digest, replaced })
  return {
    ...known({ user: user ?? claimedUser }),
    address,
    method,
    ...known({ action }),
    ...what,
    status,
    received,
    bytes,
    ...known({ agent }),
  }
}

/** Without what is not known. Comes with every request, so it makes no lists. */
function known(fields: Readonly<Record<string, string | null>>): object {
  const kept: Record<string, string> = {}
  for (const name in fields) {
    const value = fields[name]
    if (typeof value === 'string') kept[name] = value
  }
  return kept
}
