/** The TLS side of one listener: what its first server offers, and the certificate of another one by SNI. */
import type { SecureContext } from 'node:tls'
import { ProblemsFound } from '../../errors/problem.js'
import type { Listener, VirtualServer } from '../../routes/model.js'
import { pairName, type ServingState } from '../serving-state.js'
import { secureContext, tlsOptions } from './tls-options.js'

export interface ListenerTls {
  readonly options: ReturnType<typeof tlsOptions>
  /** The context for a server name; null takes the one of `options`. */
  readonly select: (serverName: string) => SecureContext | null
}

/**
 * @returns null for a listener without TLS
 * @throws ProblemsFound where OpenSSL refuses a certificate, a key or a list of ciphers
 */
export function listenerTls(
  listener: Listener,
  { pairs, ticketKeys }: Pick<ServingState, 'pairs' | 'ticketKeys'>,
  select: (serverName: string) => VirtualServer,
): ListenerTls | null {
  const first = listener.servers.find(server => server.tls !== null)
  if (!listener.tls || first?.tls === null || first === undefined) return null
  const pairsOf = (server: VirtualServer) =>
    (server.tls?.certificates ?? []).flatMap(files => {
      const pair = pairs.get(pairName(files))
      return pair === undefined ? [] : [pair]
    })
  const contexts = new Map<VirtualServer, SecureContext>()
  for (const server of listener.servers) {
    if (server.tls === null) continue
    try {
      contexts.set(server, secureContext(server.tls, pairsOf(server), ticketKeys))
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      const where = server.tls.certificates[0]?.where ?? listener.where
      throw new ProblemsFound([
        { where, message: `TLS cannot use this: ${reason}`, hint: 'look at the certificate, its key and ssl_ciphers' },
      ])
    }
  }
  return {
    options: tlsOptions(first.tls, pairsOf(first), ticketKeys),
    select: name => contexts.get(select(name)) ?? null,
  }
}
