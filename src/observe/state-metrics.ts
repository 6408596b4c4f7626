/** Metrics of the gate itself: workers, reloads, and certificates and modes in force. Requests are in metrics.ts. */
import { Counter, Gauge, type Registry } from 'prom-client'

export interface CertificateEnd {
  /** `0.0.0.0:5000` */
  readonly listener: string
  /** The first name in the certificate. */
  readonly name: string
  readonly validUntil: Date
}

/** `limit`: too many were open, and too many waited. `not-taken`: a worker did not take it. */
export type DroppedConnection = 'limit' | 'not-taken'

export interface StateMetrics {
  connectionsLimited(max: number): void
  connectionsDropped(reason: DroppedConnection, count: number): void
  workerLost(): void
  usersRead(outcome: 'read' | 'refused'): void
  certificateRead(outcome: 'read' | 'refused'): void
  configurationRead(outcome: 'read' | 'refused'): void
  certificatesInForce(certificates: readonly CertificateEnd[]): void
  readOnly(on: boolean): void
  /** Sets the version of the running program. */
  built(version: string): void
}

/** Registers these metrics. Most of them change in the primary only. */
export function addStateMetrics(register: Registry): StateMetrics {
  const registers = [register]
  const workersLost = new Counter({
    name: 'portcullis_worker_restarts_total',
    help: 'Workers that ended by themselves and were replaced.',
    registers,
  })
  const maxConnections = new Gauge({
    name: 'portcullis_max_connections',
    help: 'How many connections may be open; others wait.',
    registers,
    // Of all processes the primary alone knows.
    aggregator: 'max',
  })
  const connectionsDropped = new Counter({
    name: 'portcullis_connections_dropped_total',
    help: 'Connections that were closed unread, by reason.',
    labelNames: ['reason'],
    registers,
  })
  for (const reason of ['limit', 'not-taken']) connectionsDropped.inc({ reason }, 0)
  const usersReads = new Counter({
    name: 'portcullis_users_reloads_total',
    help: 'Changed files with users, by outcome.',
    labelNames: ['outcome'],
    registers,
  })
  const certificateReads = new Counter({
    name: 'portcullis_certificate_reloads_total',
    help: 'Changed certificates, by outcome.',
    labelNames: ['outcome'],
    registers,
  })
  const reloads = new Counter({
    name: 'portcullis_configuration_reloads_total',
    help: 'Reloads of the configuration, by outcome.',
    labelNames: ['outcome'],
    registers,
  })
  for (const outcome of ['read', 'refused']) {
    usersReads.inc({ outcome }, 0)
    certificateReads.inc({ outcome }, 0)
    reloads.inc({ outcome }, 0)
  }
  const certificates = new Gauge({
    name: 'portcullis_certificate_not_after_timestamp_seconds',
    help: 'When a certificate ends, in seconds since 1970.',
    labelNames: ['listener', 'name'],
    registers,
    aggregator: 'min',
  })
  const readOnly = new Gauge({
    name: 'portcullis_read_only',
    help: '1 while pushes and deletes are refused because the registry was made read-only, otherwise 0.',
    registers,
    // Only the primary knows the value, so the maximum of all processes is right.
    aggregator: 'max',
  })
  const build = new Gauge({
    name: 'portcullis_build_info',
    help: 'Always 1: the versions of the gate and of Node.',
    labelNames: ['version', 'node'],
    registers,
    aggregator: 'max',
  })

  return {
    connectionsLimited: max => maxConnections.set(max),
    connectionsDropped: (reason, count) => connectionsDropped.inc({ reason }, count),
    workerLost: () => workersLost.inc(),
    usersRead: outcome => usersReads.inc({ outcome }),
    certificateRead: outcome => certificateReads.inc({ outcome }),
    configurationRead: outcome => reloads.inc({ outcome }),
    certificatesInForce(list) {
      certificates.reset()
      for (const { listener, name, validUntil } of list)
        certificates.set({ listener, name }, validUntil.getTime() / 1e3)
    },
    readOnly: on => readOnly.set(on ? 1 : 0),
    built: version => build.set({ version, node: process.versions.node }, 1),
  }
}
