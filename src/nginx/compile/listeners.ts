/** Puts the servers of an nginx.conf under the addresses on which they listen. */
import type { Listener } from '../../routes/model.js'
import type { NginxReading } from '../reading.js'
import type { Listen } from './listen.js'
import { type ListeningServer, missingCertificate } from './server.js'

interface Entry {
  readonly listen: Listen
  readonly server: ListeningServer
}

/** In the order in which the addresses first stand in the file; the default server of each comes first. */
export function groupByAddress(servers: readonly ListeningServer[], reading: NginxReading): readonly Listener[] {
  const byAddress = new Map<string, Entry[]>()
  for (const server of servers) {
    for (const listen of server.listens) {
      const address = `${listen.host}:${listen.port}`
      byAddress.set(address, [...(byAddress.get(address) ?? []), { listen, server }])
    }
  }
  const listeners = [...byAddress.values()].flatMap(entries => {
    const listener = makeListener(entries, reading)
    return listener === null ? [] : [listener]
  })
  checkOverlap(listeners, reading)
  return listeners
}

function makeListener(entries: readonly Entry[], reading: NginxReading): Listener | null {
  const [first] = entries
  if (first === undefined) return null
  const defaults = entries.filter(each => each.listen.isDefault)
  for (const each of defaults.slice(1)) {
    const message = `${each.listen.host}:${each.listen.port} has a default server already, at ${defaults[0]?.listen.at}`
    reading.problem(each.listen.at, message, 'remove "default_server" from one of them')
  }
  const standard = defaults[0] ?? first
  const { host, port, at } = standard.listen
  const tls = entries.some(each => each.listen.tls)
  if (tls && standard.server.server.tls === null) missingCertificate(at, reading)
  noteTakenNames(entries, reading)
  const servers = [standard, ...entries.filter(each => each !== standard)].map(each => each.server.server)
  return { host, port, tls, where: at, servers }
}

/** nginx: of two servers with one name on one address, the first takes its requests. */
function noteTakenNames(entries: readonly Entry[], reading: NginxReading): void {
  const takers = new Map<string, string>()
  for (const { server } of entries) {
    for (const name of server.server.names) {
      if (name.kind === 'regex') continue
      const key = `${name.kind} ${name.name}`
      const taker = takers.get(key)
      if (taker === undefined) takers.set(key, server.at)
      else if (taker !== server.at) {
        reading.notice(
          server.at,
          `the name "${name.name}" is taken on this address by the server at ${taker}, which gets its requests`,
        )
      }
    }
  }
}

/** nginx opens one socket for `*:443` and `10.0.0.1:443` together; two sockets would not be given here. */
function checkOverlap(listeners: readonly Listener[], reading: NginxReading): void {
  for (const listener of listeners) {
    const any = listener.host.includes(':') ? '::' : '0.0.0.0'
    const wide = listeners.find(each => each.host === any && each.port === listener.port)
    if (wide === undefined || wide === listener || listener.host.startsWith('unix:')) continue
    reading.problem(
      listener.where,
      `${listener.host}:${listener.port} is part of ${any}:${listener.port}, on which ${wide.where} listens`,
      'use the same address in both',
    )
  }
}
