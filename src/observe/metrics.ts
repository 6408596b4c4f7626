/**
 * The metrics of one process; a scrape adds up all processes. Labels have few values, whatever clients send.
 * (decision P9)
 */
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { Snapshot } from './add-up.js'
import type { AnsweredRequest } from './answered-request.js'
import { type AuditedEvent, auditedEvents } from './audit.js'
import { type HandshakeFailure, handshakeReasons } from './handshake.js'
import { addProcessMetrics } from './process-metrics.js'
import { addStateMetrics, type StateMetrics } from './state-metrics.js'

/** The bytes of one request so far, headers included. */
export interface Transfer {
  received(): number
  sent(): number
}

/** Values that are read when the metrics are scraped. */
export interface Sources {
  readonly connections: () => number
  readonly connectionsWaiting: () => number
  readonly passwordsWaiting: () => number
}

export interface Metrics extends StateMetrics {
  requestBegan(transfer: Transfer): void
  requestAnswered(transfer: Transfer, request: AnsweredRequest): void
  requestBroken(status: number): void
  handshakeFailed(reason: HandshakeFailure['reason']): void
  proxyHeaderRefused(): void
  audited(event: AuditedEvent): void
  loginsLocked(kind: 'user' | 'address'): void
  watch(sources: Partial<Sources>): void
  snapshot(): Promise<Snapshot>
}

const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

/** Maps codes of errors/request-error.ts to the values of a label. */
const loginOutcomes = new Map([
  ['credentials-required', 'missing'],
  ['credentials-wrong', 'wrong'],
  ['token-invalid', 'bad-token'],
  ['too-many-wrong-passwords', 'locked'],
  ['busy', 'busy'],
  ['users-unavailable', 'unavailable'],
])
const backendErrorKinds = new Map([
  ['backend-unreachable', 'unreachable'],
  ['backend-answer-invalid', 'invalid-answer'],
  ['backend-timeout', 'timeout'],
])

/** Buckets in seconds: from a response out of memory to a layer over a slow connection. */
const durations = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900]

const statusClass = (status: number) => (status === 0 ? 'none' : `${Math.floor(status / 100)}xx`)

export function createMetrics(): Metrics {
  const register = new Registry()
  const registers = [register]
  let sources: Sources = { connections: () => 0, connectionsWaiting: () => 0, passwordsWaiting: () => 0 }

  const active = new Map<Transfer, { received: number; sent: number }>()
  const count = (transfer: Transfer) => {
    const counted = active.get(transfer)
    if (counted === undefined) return
    const now = { received: transfer.received(), sent: transfer.sent() }
    received.inc(Math.max(0, now.received - counted.received))
    sent.inc(Math.max(0, now.sent - counted.sent))
    active.set(transfer, now)
  }
  const countActive = () => {
    for (const transfer of active.keys()) count(transfer)
  }

  const requests = new Counter({
    name: 'portcullis_requests_total',
    help: 'Requests by method, class of the status (none: the client left before an answer) and what they mean.',
    labelNames: ['method', 'status', 'action'],
    registers,
  })
  const duration = new Histogram({
    name: 'portcullis_request_duration_seconds',
    help: 'From the end of the request header to the end of the answer.',
    labelNames: ['action'],
    buckets: durations,
    registers,
  })
  const interrupted = new Counter({
    name: 'portcullis_requests_interrupted_total',
    help: 'Requests whose client did not get the whole answer.',
    registers,
  })
  const received = new Counter({
    name: 'portcullis_received_bytes_total',
    help: 'Bytes of requests, with those still under way.',
    registers,
    collect: countActive,
  })
  const sent = new Counter({
    name: 'portcullis_sent_bytes_total',
    help: 'Bytes of answers, with those still under way.',
    registers,
  })
  new Gauge({
    name: 'portcullis_requests_in_progress',
    help: 'Requests whose answer has not ended.',
    registers,
    collect() {
      this.set(active.size)
    },
  })
  new Gauge({
    name: 'portcullis_open_connections',
    help: 'Connections of clients.',
    registers,
    collect() {
      this.set(sources.connections())
    },
  })
  new Gauge({
    name: 'portcullis_connections_waiting',
    help: 'Connections that wait because as many are open as may be, or because no worker serves.',
    registers,
    collect() {
      this.set(sources.connectionsWaiting())
    },
  })
  const handshakes = new Counter({
    name: 'portcullis_tls_handshake_failures_total',
    help: 'Connections without TLS in the end, by reason.',
    labelNames: ['reason'],
    registers,
  })
  for (const reason of handshakeReasons) handshakes.inc({ reason }, 0)
  const proxyHeaders = new Counter({
    name: 'portcullis_proxy_header_failures_total',
    help: 'Connections of balancers that did not begin with a PROXY header.',
    registers,
  })
  const logins = new Counter({
    name: 'portcullis_logins_total',
    help: 'Requests where a password is asked for, by outcome.',
    labelNames: ['outcome'],
    registers,
  })
  for (const outcome of ['accepted', ...loginOutcomes.values()]) logins.inc({ outcome }, 0)
  new Gauge({
    name: 'portcullis_passwords_waiting',
    help: 'Passwords that are being compared with a hash, or wait for it.',
    registers,
    collect() {
      this.set(sources.passwordsWaiting())
    },
  })
  const backendErrors = new Counter({
    name: 'portcullis_backend_errors_total',
    help: 'Requests that the registry behind the gate did not answer properly.',
    labelNames: ['kind'],
    registers,
  })
  for (const kind of backendErrorKinds.values()) backendErrors.inc({ kind }, 0)
  const audited = new Counter({
    name: 'portcullis_audited_events_total',
    help: 'Lines of the audit log.',
    labelNames: ['event'],
    registers,
  })
  for (const event of auditedEvents) audited.inc({ event }, 0)
  const locks = new Counter({
    name: 'portcullis_login_locks_total',
    help: 'Times that no more wrong passwords were checked, of one user from an address or of an address as a whole.',
    labelNames: ['kind'],
    registers,
  })
  for (const kind of ['user', 'address']) locks.inc({ kind }, 0)
  addProcessMetrics(register)
  const state = addStateMetrics(register)

  return {
    requestBegan(transfer) {
      active.set(transfer, { received: 0, sent: 0 })
    },
    requestAnswered(transfer, request) {
      count(transfer)
      active.delete(transfer)
      const action = request.action ?? 'other'
      const method = methods.has(request.method) ? request.method : 'other'
      requests.inc({ method, status: statusClass(request.status), action })
      duration.observe({ action }, request.milliseconds / 1e3)
      if (!request.complete) interrupted.inc()
      const outcome = request.user === null ? loginOutcomes.get(request.error ?? '') : 'accepted'
      if (outcome !== undefined) logins.inc({ outcome })
      const kind = backendErrorKinds.get(request.error ?? '')
      if (kind !== undefined) backendErrors.inc({ kind })
    },
    requestBroken: status => requests.inc({ method: 'other', status: statusClass(status), action: 'other' }),
    handshakeFailed: reason => handshakes.inc({ reason }),
    proxyHeaderRefused: () => proxyHeaders.inc(),
    audited: event => audited.inc({ event }),
    loginsLocked: kind => locks.inc({ kind }),
    ...state,
    watch(next) {
      sources = { ...sources, ...next }
    },
    snapshot: () => register.getMetricsAsJSON(),
  }
}
