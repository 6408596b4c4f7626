/** Puts a gate together from its settings, opens its addresses, and ends it again. */
import { createEmbeddedRegistry } from '../embedded-registry/embedded-registry.js'
import { type Problem, ProblemsFound } from '../errors/problem.js'
import { createForwarder } from '../forward/forward.js'
import { answerPlainHttp, createHandler, type Gateway } from '../gateway/handle-request.js'
import { trustedNetworks } from '../http/client-address.js'
import type { Events } from '../observe/events.js'
import { compileListener } from '../routes/compile.js'
import { selectServer } from '../routes/select-server.js'
import type { Settings } from '../settings/settings.js'
import { listenerTls, loadCertificates } from './load-certificates.js'
import { type OpenListener, openListener } from './open-listener.js'
import { openUsers, type UsersFile } from './users-registry.js'
import { usersFiles } from './users-files.js'

export interface RunningGate {
  /** `https://0.0.0.0:5000`, one per address, with the real port. */
  readonly urls: readonly string[]
  readonly ports: readonly number[]
  /** Takes no new connections, lets transfers under way end for `limits.drainMs` at most, then cuts what is left. */
  close(): Promise<void>
}

/** @throws ProblemsFound with everything that keeps the gate from starting; nothing stays open then */
export async function startGate(settings: Settings, events: Events): Promise<RunningGate> {
  const [certificates, users] = await allOrProblems([
    () => loadCertificates(settings.listeners, new Date()),
    () => openUsers(usersFiles(settings.listeners), events),
  ])
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
  const problems: Problem[] = []
  for (const listener of settings.listeners) {
    const compiled = compileListener(listener)
    try {
      open.push(
        await openListener({
          host: listener.host,
          port: listener.port,
          where: listener.where,
          limits: settings.limits,
          tls: listenerTls(listener, certificates, name => selectServer(compiled, name).settings),
          handle: createHandler(gateway, compiled),
          handlePlain: answerPlainHttp,
        }),
      )
    } catch (error) {
      if (!(error instanceof ProblemsFound)) throw error
      problems.push(...error.problems)
    }
  }
  const close = async () => {
    const drained = Promise.all(open.map(listener => listener.close()))
    const late = setTimeout(() => open.forEach(listener => listener.destroy()), settings.limits.drainMs)
    await drained.finally(() => clearTimeout(late))
    forwarder.close()
    await users.close()
  }
  if (problems.length > 0) {
    await close()
    throw new ProblemsFound(problems)
  }
  return { urls: open.map(listener => listener.url), ports: open.map(listener => listener.port), close }
}
