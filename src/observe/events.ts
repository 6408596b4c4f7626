/** What happens in the gate, one function per event; create-events.ts turns it into log lines and metrics. */
import type { Problem } from '../errors/problem.js'
import type { AnsweredRequest } from './answered-request.js'
import type { Transfer } from './metrics.js'
import type { CertificateEnd, DroppedConnection } from './state-metrics.js'

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
