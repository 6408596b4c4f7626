/** Puts a gate together from its settings, opens its addresses, and ends it again. */
import { createEmbeddedRegistry } from '../embedded-registry/embedded-registry.js'
import { Collector } from '../errors/collect.js'
import { createForwarder } from '../forward/forward.js'
import { createHandler, type Gateway } from '../gateway/handle-request.js'
import { answerPlainHttp } from '../gateway/plain-http.js'
import { trustedNetworks } from '../http/client-address.js'
import type { Events } from '../observe/events.js'
import { compileListener } from '../routes/compile.js'
import { selectServer } from '../routes/select-server.js'
import type { Settings } from '../settings/settings.js'
import { listenerTls, loadCertificates } from './load-certificates.js'
import { type OpenListener, openListener } from './open-listener.js'
import { usersFiles } from './users-files.js'
import { openUsers } from './users-registry.js'

export interface RunningGate {
  /** `https://0.0.0.0:5000`, one per address, with the real port. */
  readonly urls: readonly string[]
  readonly ports: readonly number[]
  /** Takes no new connections, lets transfers under way end for `limits.drainMs` at most, then cuts what is left. */
  close(): Promise<void>
}

/** @throws ProblemsFound with everything that keeps the gate from starting; nothing stays open then */
export async function startGate(settings: Settings, events: Events): Promise<RunningGate> {
  const collector = new Collector()
  const certificates = await collector.try(() => loadCertificates(settings.listeners, new Date()))
  const users = await collector.try(() => openUsers(usersFiles(settings.listeners), events))
  if (certificates === null || users === null) {
    await users?.close()
    throw collector.asError()
  }
  for (const warning of certificates.warnings) events.noticed(warning)

  const forwarder = createForwarder({ verifyBackend: true })
  const gateway: Gateway = {
    users,
    forwarder,
    registry: settings.storage === null ? null : createEmbeddedRegistry({ root: settings.storage }),
    trusted: trustedNetworks(settings.trustedProxies),
    events,
  }
  const open: OpenListener[] = []
  for (const listener of settings.listeners) {
    const compiled = compileListener(listener)
    const opened = await collector.try(() =>
      openListener({
        host: listener.host,
        port: listener.port,
        where: listener.where,
        limits: settings.limits,
        tls: listenerTls(listener, certificates, name => selectServer(compiled, name).settings),
        handle: createHandler(gateway, compiled),
        handlePlain: answerPlainHttp,
      }),
    )
    if (opened !== null) open.push(opened)
  }
  const close = async () => {
    const drained = Promise.all(open.map(listener => listener.close()))
    const late = setTimeout(() => {
      for (const listener of open) listener.destroy()
    }, settings.limits.drainMs)
    await drained.finally(() => clearTimeout(late))
    forwarder.close()
    await users.close()
  }
  if (collector.found) {
    await close()
    throw collector.asError()
  }
  return { urls: open.map(listener => listener.url), ports: open.map(listener => listener.port), close }
}
