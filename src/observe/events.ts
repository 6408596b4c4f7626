/** What happens, one function per event: the only place that decides what a log line holds and what is counted. */
import type { Problem } from '../errors/problem.js'
import type { AnsweredRequest } from './answered-request.js'
import { auditedEvent } from './audit.js'
import { handshakeFailure } from './handshake.js'
import { accessFields, auditFields, known, reasonOf } from './log-fields.js'
import type { Logger } from './logger.js'
import { createMetrics, type Metrics, type Transfer } from './metrics.js'
import { sparingly } from './sparingly.js'
import type { CertificateEnd } from './state-metrics.js'

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

export interface LoginsLocked {
  /** Address, or the /64 of an IPv6 address. */
  readonly network: string
  /** Whose logins from there are refused; null: those of all who have not logged in from there before, or of nobody we know. */
  readonly user: string | null
  readonly of: 'pair' | 'network'
  readonly seconds: number
}

export interface SwitchedReadOnly {
  /** As it is told to clients; null where nothing was said. */
  readonly reason: string | null
  /** The number of the user who did it, as the file system has it; null where that cannot be seen. */
  readonly owner: number | null
}

export interface BrokenRequest {
  readonly address: string
  readonly status: number
  /** The code of errors/request-error.ts. */
  readonly error: string
  readonly cause: string | null
}

export interface Events {
  requestBegan(transfer: Transfer): void
  requestAnswered(transfer: Transfer, request: AnsweredRequest): void
  /** What came was no request, or its header did not end: `status` is what it was answered with. */
  requestBroken(broken: BrokenRequest): void
  /** No TLS came about with a client. @param code of the error that `tlsClientError` gives */
  handshakeFailed(address: string, code: string): void
  /** A connection of a balancer began without a PROXY header. @param address of the balancer @param fault holds nothing of what came */
  proxyHeaderRefused(address: string, fault: string): void
  /** Our own fault: the request got a 500. */
  requestFailed(error: unknown): void
  /** A worker died and is replaced; its transfers are lost. */
  workerLost(pid: number, reason: string): void
  /** A changed file with users cannot be used: those who were there before stay. */
  usersRefused(problem: Problem): void
  /** A fault of ours that no request can be blamed for: the process ends. */
  processFailed(error: unknown): void
  usersChanged(change: UsersChange): void
  /** A certificate was renewed and is in force in every worker. */
  certificateChanged(change: CertificateChange): void
  /** Others than before sign tokens, or are known for that; by the names of their files. */
  signingKeysChanged(keys: readonly string[]): void
  /** Its files changed and cannot be used: the pair before stays in force. */
  certificateRefused(problems: readonly Problem[]): void
  /** Something in a file is not as it should be, and the gate goes on. */
  noticed(problem: Problem): void
  /** These lines of an nginx.conf have no effect: `nginx.conf:14`. */
  linesIgnored(lines: readonly string[]): void
  /** The configuration, certificates and users were read anew and are in force in every worker. */
  reloaded(changes: ReloadChanges): void
  /** They could not be used: what was in force stays. */
  reloadRefused(problems: readonly Problem[]): void
  /** These and no others are presented from now on. */
  certificatesInForce(certificates: readonly CertificateEnd[]): void
  /** So many wrong passwords came from a network that no more are checked; once for each time. */
  loginsLocked(locked: LoginsLocked): void
  /** Redis is out of reach: this gate counts wrong passwords for itself meanwhile. */
  loginsCountedAlone(trouble: { readonly where: string; readonly redis: string; readonly cause: string }): void
  /** Redis counts from now on. */
  loginsCountedTogether(place: { readonly redis: string; readonly again: boolean }): void
  /** The registry was made read-only, for this reason from now on, or writable again (null). */
  readOnlySwitched(file: string, now: SwitchedReadOnly | null): void
  /** A signal came: no new connections, transfers under way may end. */
  stopping(signal: string): void
}

export function createEvents(log: Logger, metrics: Metrics = createMetrics()): Events {
  const proxyLineDue = sparingly(60_000)
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
      log[level]({ event, ...reasonOf(request, event), ...auditFields(request) }, 'audit')
    },
    requestBroken({ address, status, error, cause }) {
      metrics.requestBroken(status)
      log.info({ status, address, error, ...known({ cause }) }, 'request')
    },
    handshakeFailed(address, code) {
      const { reason, level, message, hint } = handshakeFailure(code)
      metrics.handshakeFailed(reason)
      log[level]({ address, reason, code, ...known({ hint }) }, message)
    },
    proxyHeaderRefused(address, fault) {
      metrics.proxyHeaderRefused()
      const hint = 'let the balancer send it (haproxy: send-proxy-v2), or take its address out of proxy_protocol'
      log[proxyLineDue() ? 'warn' : 'debug']({ address, fault, hint }, 'a balancer sent no PROXY header')
    },
    requestFailed(error) {
      log.error({ error: stackOf(error) }, 'a request failed inside the gate')
    },
    workerLost(pid, reason) {
      metrics.workerLost()
      log.error({ pid, reason }, 'a worker ended and is replaced')
    },
    processFailed(error) {
      log.fatal({ error: stackOf(error) }, 'a worker failed and ends')
    },
    usersChanged(change) {
      metrics.usersRead('read')
      log.info({ ...change }, 'users read')
    },
    signingKeysChanged(keys) {
      log.info({ keys }, 'the keys that sign tokens changed')
    },
    certificateChanged(change) {
      metrics.certificateRead('read')
      log.info({ ...change }, 'a certificate changed and is in force')
    },
    certificateRefused(problems) {
      metrics.certificateRead('refused')
      log.error({ problems }, 'a certificate changed and cannot be used: the one before stays in force')
    },
    usersRefused(problem) {
      metrics.usersRead('refused')
      log.warn(...problemLine(problem))
    },
    noticed(problem) {
      log.warn(...problemLine(problem))
    },
    linesIgnored(lines) {
      log.info({ lines }, 'lines of the nginx.conf have no effect here: "portcullis check" says why of each')
    },
    reloaded(changes) {
      metrics.configurationRead('read')
      log.info({ ...changes }, 'the configuration was read anew and is in force')
    },
    reloadRefused(problems) {
      metrics.configurationRead('refused')
      log.error({ problems }, 'the configuration was read anew and cannot be used: what was in force stays')
    },
    certificatesInForce(certificates) {
      metrics.certificatesInForce(certificates)
    },
    loginsLocked({ network, user, of, seconds }) {
      metrics.loginsLocked(of === 'pair' ? 'user' : 'address')
      const whose = of === 'pair' ? 'one user from' : 'all who are new at'
      log.warn(
        { network, ...known({ user }), seconds },
        `too many wrong passwords: logins of ${whose} this address wait`,
      )
    },
    loginsCountedAlone(trouble) {
      log.warn({ ...trouble }, 'Redis is out of reach: this gate counts wrong passwords for itself')
    },
    loginsCountedTogether({ redis, again }) {
      log.info({ redis }, `wrong passwords are counted in Redis${again ? ' again' : ''}`)
    },
    readOnlySwitched(file, now) {
      metrics.readOnly(now !== null)
      const event = now === null ? 'read-only-off' : 'read-only-on'
      metrics.audited(event)
      const { reason = null, owner = null } = now ?? {}
      const line = { file, ...known({ reason }), ...(owner === null ? {} : { owner }) }
      log.warn(line, now === null ? 'the registry is writable again' : 'the registry is read-only')
      log.warn({ event, ...line }, 'audit')
    },
    stopping(signal) {
      log.info({ signal }, 'stopping')
    },
  }
}

function problemLine({ where, message, hint }: Problem): [object, string] {
  return [{ where, ...known({ hint: hint ?? null }) }, message]
}

const stackOf = (error: unknown) => (error instanceof Error ? (error.stack ?? error.message) : String(error))
