/** What happens, one function per event: the only place that decides what a log line holds and what is counted. */
import type { Problem } from '../errors/problem.js'
import type { AnsweredRequest } from './answered-request.js'
import { auditedEvent } from './audit.js'
import { handshakeFailure } from './handshake.js'
import { accessFields, auditFields, known, reasonOf } from './log-fields.js'
import type { Logger } from './logger.js'
import { createMetrics, type Metrics, type Transfer } from './metrics.js'
import { sparingly } from './sparingly.js'
import type { CertificateEnd, DroppedConnection } from './state-metrics.js'

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
  /** What came was no request, or its header did not end: `status` is what it was answered with. */
  requestBroken(broken: BrokenRequest): void
  /** No TLS came about with a client. @param code of the error that `tlsClientError` gives */
  handshakeFailed(address: string, code: string): void
  /** A connection of a balancer began without a PROXY header. @param address of the balancer @param fault holds nothing of what came */
  proxyHeaderRefused(address: string, fault: string): void
  /** A proxy that has ended TLS sent a request as plain HTTP to a port that speaks TLS. @param address of the proxy @param hint what to change there */
  proxyWithoutTls(address: string, hint: string): void
  /** A backend sent bytes that belong to no answer: for `seconds` its connections are not used again. */
  backendSpokeUnasked(backend: string, seconds: number): void
  /** Our own fault: the request got a 500. */
  requestFailed(error: unknown): void
  /** A worker died and is replaced; its transfers are lost. @param doing what it did when its event loop stood still, otherwise null */
  workerLost(pid: number, reason: string, doing: string | null): void
  /** So many connections may be open from now on. */
  connectionsLimited(max: number): void
  /** So many are open: new ones wait. Told once, until it is over. */
  connectionShortage(max: number): void
  connectionShortageOver(shortage: { readonly waited: number; readonly closed: number }): void
  /** Connections were closed unread. */
  connectionDropped(reason: DroppedConnection, count: number): void
  /** A connection could not even be accepted. @param address that it came to */
  acceptFailed(address: string, error: Error): void
  /** A worker did not take connections that it was given: they were closed. */
  connectionsTakenBack(pid: number, count: number): void
  /** A changed file with users cannot be used: those who were there before stay. */
  usersRefused(problem: Problem): void
  /** A fault of ours that no request can be blamed for: the process ends. */
  processFailed(error: unknown): void
  usersChanged(change: UsersChange): void
  /** A certificate was renewed and is in force in every worker. */
  certificateChanged(change: CertificateChange): void
  /** Others than before sign tokens, or are known for that; by the names of their files. */
  signingKeysChanged(keys: readonly string[]): void
  identityTokenDisplaced(token: DisplacedIdentity): void
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
  const plainProxyLineDue = sparingly(60_000)
  const outageLineDue = new Map([...outages].map(error => [error, sparingly(60_000)]))
  const acceptLineDue = sparingly(60_000)
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
    proxyHeaderRefused(address, fault) {
      metrics.proxyHeaderRefused()
      const hint = 'let the balancer send it (haproxy: send-proxy-v2), or take its address out of proxy_protocol'
      log[proxyLineDue() ? 'warn' : 'debug']({ address, fault, hint }, 'a balancer sent no PROXY header')
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

/** Refusals that nobody gets but where something is broken; told once a minute, so that they are seen without lines of requests. */
const outages: ReadonlySet<string> = new Set(['storage-full', 'storage-unwritable'])

const isoTime = (milliseconds: number) => new Date(milliseconds).toISOString()

const stackOf = (error: unknown) => (error instanceof Error ? (error.stack ?? error.message) : String(error))
