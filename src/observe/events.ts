/** One function per event. This file alone decides what each log line holds and which metrics change. */
import type { Problem } from '../errors/problem.js'
import type { AnsweredRequest } from './answered-request.js'
import { auditedEvent } from './audit.js'
import { handshakeFailure } from './handshake.js'
import { accessFields, auditFields, known, reasonOf } from './log-fields.js'
import type { Logger } from './logger.js'
import { createMetrics, type Metrics, type Transfer } from './metrics.js'
import type { CertificateEnd, DroppedConnection } from './state-metrics.js'
import { throttled } from './throttled.js'

/** The difference between the old and the new users of a file, as numbers without names. */
export interface UsersChange {
  readonly file: string
  /** Number of users now. */
  readonly count: number
  readonly added: number
  readonly removed: number
  /** Number of users with a new password. */
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
  /** An IPv4 address, or the /64 network of an IPv6 address. */
  readonly network: string
  /**
   * The user whose logins from this network are refused. null: the logins of all users without an earlier login from
   * there, or of an unknown user name.
   */
  readonly user: string | null
  readonly of: 'pair' | 'network'
  readonly seconds: number
}

export interface SwitchedReadOnly {
  /** The reason that clients receive; null if none was given. */
  readonly reason: string | null
  /** The user id of the file's owner; null if the file system does not tell it. */
  readonly owner: number | null
}

/** An identity token that was removed because its user has too many; times in milliseconds since 1970. */
export interface DisplacedIdentity {
  readonly id: string
  readonly user: string
  /** What the client called itself. */
  readonly client: string
  readonly createdAt: number
  /** null: never. */
  readonly usedAt: number | null
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
  /** The input was not a valid request, or its header did not end. `status` is the status of the response. */
  requestBroken(broken: BrokenRequest): void
  /**
   * A TLS handshake failed.
   * @param code the error code of `tlsClientError`
   */
  handshakeFailed(address: string, code: string): void
  /**
   * A connection from a balancer did not begin with a PROXY header.
   * @param address the balancer's address
   * @param reason what is wrong; it quotes nothing of the input
   */
  proxyHeaderRefused(address: string, reason: string): void
  /** A proxy ended TLS and sent a request as plain HTTP to a TLS port. @param hint what to change at the proxy */
  proxyWithoutTls(address: string, hint: string): void
  /** A backend sent bytes that belong to no answer. Its connections are not reused for `seconds`. */
  backendSpokeUnasked(backend: string, seconds: number): void
  /** A bug in the gate: the request was answered with 500. */
  requestFailed(error: unknown): void
  /** A worker died and is being replaced. Its transfers are lost. @param doing what it did when its event loop stood still, otherwise null */
  workerLost(pid: number, reason: string, doing: string | null): void
  /** The maximum of open connections from now on. */
  connectionsLimited(max: number): void
  /** The maximum of open connections is reached: new ones wait. Called once until it is over. */
  connectionShortage(max: number): void
  connectionShortageOver(shortage: { readonly waited: number; readonly closed: number }): void
  /** Connections were closed unread. */
  connectionDropped(reason: DroppedConnection, count: number): void
  /** A connection could not be accepted. @param address of the listener */
  acceptFailed(address: string, error: Error): void
  /** A worker did not take connections that it was given: they were closed. */
  connectionsTakenBack(pid: number, count: number): void
  /** A changed users file cannot be used. The previous users stay in force. */
  usersRefused(problem: Problem): void
  /** A bug in the gate outside of any request: the process ends. */
  processFailed(error: unknown): void
  usersChanged(change: UsersChange): void
  /** A certificate was renewed and is in force in every worker. */
  certificateChanged(change: CertificateChange): void
  /** The set of signing keys changed; `keys` are file names. */
  signingKeysChanged(keys: readonly string[]): void
  identityTokenDisplaced(token: DisplacedIdentity): void
  /** The changed files of a certificate cannot be used. The previous pair stays in force. */
  certificateRefused(problems: readonly Problem[]): void
  /** A file has a problem that does not stop the gate. */
  noticed(problem: Problem): void
  /** These lines of an nginx.conf have no effect: `nginx.conf:14`. */
  linesIgnored(lines: readonly string[]): void
  /** Configuration, certificates and users were reloaded and are in force in every worker. */
  reloaded(changes: ReloadChanges): void
  /** The reload failed. The previous configuration stays in force. */
  reloadRefused(problems: readonly Problem[]): void
  /** The complete list of certificates that the gate presents from now on. */
  certificatesInForce(certificates: readonly CertificateEnd[]): void
  /** Too many wrong passwords came from a network, so no more are checked for now. Called once per lock. */
  loginsLocked(locked: LoginsLocked): void
  /** Redis is unreachable: this gate counts wrong passwords by itself until it returns. */
  loginsCountedAlone(outage: { readonly where: string; readonly redis: string; readonly cause: string }): void
  /** The gate counts wrong passwords in Redis from now on. */
  loginsCountedTogether(place: { readonly redis: string; readonly again: boolean }): void
  /** The registry became read-only for the given reason, or writable again (null). */
  readOnlySwitched(file: string, now: SwitchedReadOnly | null): void
  /** A signal arrived: no new connections, and running transfers may end. */
  stopping(signal: string): void
}

export function createEvents(log: Logger, metrics: Metrics = createMetrics()): Events {
  const proxyLineDue = throttled(60_000)
  const plainProxyLineDue = throttled(60_000)
  const outageLineDue = new Map([...outages].map(error => [error, throttled(60_000)]))
  const acceptLineDue = throttled(60_000)
  return {
    requestBegan(transfer) {
      metrics.requestBegan(transfer)
    },
    requestAnswered(transfer, request) {
      metrics.requestAnswered(transfer, request)
      if (request.access !== 'off') log[request.access === 'on' ? 'info' : 'debug'](accessFields(request), 'request')
      const { error, refusal, cause, status } = request
      if (error !== null && outageLineDue.get(error)?.() === true)
        log.warn({ error, status, ...known({ cause }) }, refusal ?? error)
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
    proxyHeaderRefused(address, reason) {
      metrics.proxyHeaderRefused()
      const hint = 'let the balancer send it (haproxy: send-proxy-v2), or take its address out of proxy_protocol'
      log[proxyLineDue() ? 'warn' : 'debug']({ address, reason, hint }, 'a balancer sent no PROXY header')
    },
    proxyWithoutTls(address, hint) {
      const message = 'a proxy speaks plain HTTP to a port that speaks TLS: its requests are refused'
      log[plainProxyLineDue() ? 'warn' : 'debug']({ address, hint }, message)
    },
    backendSpokeUnasked(backend, seconds) {
      const hint =
        'the backend, or a proxy before it, sends more than the answers that it was asked for: have it mended'
      log.warn(
        { backend, seconds, hint },
        'bytes came that belong to no answer: connections are not used again for a while',
      )
    },
    requestFailed(error) {
      log.error({ error: stackOf(error) }, 'a request failed inside the gate')
    },
    workerLost(pid, reason, doing) {
      metrics.workerLost()
      log.error({ pid, reason, ...known({ doing }) }, 'a worker ended and is replaced')
    },
    connectionsLimited(max) {
      metrics.connectionsLimited(max)
    },
    connectionShortage(max) {
      const hint = 'raise connections.max, or the limit of file descriptors (ulimit -n) that bounds it'
      log.warn({ max, hint }, 'as many connections are open as may be: new ones wait')
    },
    connectionShortageOver(shortage) {
      log.warn({ ...shortage }, 'new connections no longer wait')
    },
    connectionDropped(reason, count) {
      metrics.connectionsDropped(reason, count)
    },
    acceptFailed(address, error) {
      log[acceptLineDue() ? 'warn' : 'debug']({ address, cause: error.message }, 'a connection could not be accepted')
    },
    connectionsTakenBack(pid, count) {
      metrics.connectionsDropped('not-taken', count)
      log.warn({ pid, connections: count }, 'a worker did not take connections that it was given: they were closed')
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
    identityTokenDisplaced({ id, user, client, createdAt, usedAt }) {
      const times = { created: isoTime(createdAt), lastUsed: usedAt === null ? 'never' : isoTime(usedAt) }
      log.warn({ user, client, id, ...times }, 'an identity token gave way to a newer one: its user has too many')
    },
    certificateChanged(change) {
      metrics.certificateRead('read')
      log.info({ ...change }, 'a certificate changed and is in force')
    },
    certificateRefused(problems) {
      metrics.certificateRead('refused')
      log.error({ problems }, 'a certificate changed and cannot be used: the previous one stays in force')
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
      log.info({ ...changes }, 'the configuration was reloaded and is in force')
    },
    reloadRefused(problems) {
      metrics.configurationRead('refused')
      log.error({ problems }, 'the new configuration cannot be used: the previous one stays in force')
    },
    certificatesInForce(certificates) {
      metrics.certificatesInForce(certificates)
    },
    loginsLocked({ network, user, of, seconds }) {
      metrics.loginsLocked(of === 'pair' ? 'user' : 'address')
      const whose = of === 'pair' ? 'one user from' : 'all new users from'
      log.warn(
        { network, ...known({ user }), seconds },
        `too many wrong passwords: logins of ${whose} this address wait`,
      )
    },
    loginsCountedAlone(outage) {
      log.warn({ ...outage }, 'Redis is out of reach: this gate counts wrong passwords for itself')
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

/** Refusals that nobody gets but where something is broken; told once a minute, so that they are seen without lines of requests. */
const outages: ReadonlySet<string> = new Set(['storage-full', 'storage-unwritable'])

const isoTime = (milliseconds: number) => new Date(milliseconds).toISOString()

const stackOf = (error: unknown) => (error instanceof Error ? (error.stack ?? error.message) : String(error))
