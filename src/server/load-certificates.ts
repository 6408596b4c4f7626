/** Reads every certificate that a configuration names, each once, and reports all that cannot be used. */
import type { SecureContext } from 'node:tls'
import { type LoadedPair, loadPair } from '../certificates/load-pair.js'
import { type Problem, ProblemsFound } from '../errors/problem.js'
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
  const problems = new Map<string, readonly Problem[]>()
  const named = listeners.flatMap(listener => listener.servers).flatMap(server => server.tls?.certificates ?? [])
  for (const files of named) {
    const key = keyOf(files)
    if (loaded.has(key) || problems.has(key)) continue
    try {
      loaded.set(key, await loadPair(files.cert, files.key, files.where, now))
    } catch (error) {
      if (!(error instanceof ProblemsFound)) throw error
      problems.set(key, error.problems)
    }
  }
  if (problems.size > 0) throw new ProblemsFound([...problems.values()].flat())
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
): { readonly options: ReturnType<typeof tlsOptions>; readonly select: (serverName: string) => SecureContext | null } | null {
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
