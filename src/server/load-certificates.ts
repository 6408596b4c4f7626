/** Reads every certificate that a configuration names, each once, and reports all that cannot be used. */
import type { SecureContext } from 'node:tls'
import { type LoadedPair, loadPair } from '../certificates/load-pair.js'
import { Collector } from '../errors/collect.js'
import type { Problem } from '../errors/problem.js'
import type { CertificateFiles, Listener, VirtualServer } from '../routes/model.js'
import { secureContext, tlsOptions } from './tls-options.js'

export interface LoadedCertificates {
  /** What clients may stumble over. */
  readonly warnings: readonly Problem[]
  /** The pairs of one server, in its order. */
  of(server: VirtualServer): readonly LoadedPair[]
}

const keyOf = (files: CertificateFiles) => JSON.stringify([files.cert, files.key])

/** @throws ProblemsFound with the mistakes of all pairs */
export async function loadCertificates(listeners: readonly Listener[], now: Date): Promise<LoadedCertificates> {
  const loaded = new Map<string, LoadedPair>()
  const seen = new Set<string>()
  const collector = new Collector()
  for (const files of listeners
    .flatMap(listener => listener.servers)
    .flatMap(server => server.tls?.certificates ?? [])) {
    const key = keyOf(files)
    if (seen.has(key)) continue
    seen.add(key)
    const pair = await collector.try(() => loadPair(files.cert, files.key, files.where, now))
    if (pair !== null) loaded.set(key, pair)
  }
  if (collector.found) throw collector.asError()
  return {
    warnings: [...loaded.values()].flatMap(pair => pair.warnings),
    of: server =>
      (server.tls?.certificates ?? []).flatMap(files => {
        const pair = loaded.get(keyOf(files))
        return pair === undefined ? [] : [pair]
      }),
  }
}

/** The TLS side of one listener: what its first server offers, and the certificate of another one by SNI. */
export function listenerTls(
  listener: Listener,
  certificates: LoadedCertificates,
  select: (serverName: string) => VirtualServer,
): {
  readonly options: ReturnType<typeof tlsOptions>
  readonly select: (serverName: string) => SecureContext | null
} | null {
  const first = listener.servers.find(server => server.tls !== null)
  if (!listener.tls || first?.tls === null || first === undefined) return null
  const contexts = new Map<VirtualServer, SecureContext>()
  for (const server of listener.servers) {
    if (server.tls !== null) contexts.set(server, secureContext(server.tls, readable(certificates.of(server))))
  }
  return {
    options: tlsOptions(first.tls, readable(certificates.of(first))),
    select: name => contexts.get(select(name)) ?? contexts.get(first) ?? null,
  }
}

const readable = (pairs: readonly LoadedPair[]) => pairs.map(pair => ({ cert: pair.cert, key: pair.key.reveal() }))
