/** The serving part of a worker: builds a gateway from a state, and can be given another state while requests are under way. */
import { createEmbeddedRegistry, type EmbeddedRegistry } from '../embedded-registry/embedded-registry.js'
import { Collector } from '../errors/collect.js'
import { createForwarder } from '../forward/forward.js'
import { createReach } from '../forward/reach.js'
import { createHandler, type Gateway, type Handler } from '../gateway/handle-request.js'
import { answerPlainHttp } from '../gateway/plain-http.js'
import type { Users } from '../htpasswd/users.js'
import { trustedNetworks } from '../http/client-address.js'
import type { Events } from '../observe/events.js'
import { compileListener } from '../routes/compile.js'
import type { Listener } from '../routes/model.js'
import { selectServer } from '../routes/select-server.js'
import { listenerTls } from './listener-tls.js'
import { type OpenListener, openListener, type Serving } from './open-listener.js'
import { createReadiness, patienceMs, rememberMs } from './readiness.js'
import type { ServingState } from './serving-state.js'
import { createPasswordChecks, type PasswordChecks, type SharedUsers, shareUsers } from './shared-users.js'

export interface WorkerGate {
  readonly urls: readonly string[]
  readonly ports: readonly number[]
  /**
   * Builds everything that the next state needs, and opens addresses that are new; nothing is in force yet.
   * @throws ProblemsFound where that is not possible; nothing has changed then
   */
  prepare(next: ServingState): Promise<Prepared>
  /** Connections of clients, and passwords that are being compared or wait for it. */
  readonly connections: number
  readonly passwordsWaiting: number
  usersChanged(file: string, users: Users): void
  acceptProof(proof: string): void
  /** Takes no new connections; resolves once transfers under way have ended, `limits.drainMs` at most. */
  close(): Promise<void>
}

export interface Prepared {
  commit(): void
  discard(): Promise<void>
}

/** What serves one address: kept over a reload where host, port and TLS stay. */
const addressOf = (listener: Listener) => JSON.stringify([listener.host, listener.port, listener.tls])

/** A gate that listens nowhere until its first state is prepared and committed. */
export function createWorkerGate(events: Events, onProved: (proof: string) => void): WorkerGate {
  const open = new Map<string, OpenListener>()
  // These outlive a reload: requests under way go on with them, and what was proved or pooled stays useful.
  const forwarder = createForwarder()
  const registries = new Map<string, EmbeddedRegistry>()
  let passwords: PasswordChecks | null = null
  let users: SharedUsers | null = null
  let drainMs = 0
  const backends = createReach({ rememberMs, patienceMs, now: () => performance.now() })

  const registryOf = (root: string): EmbeddedRegistry => {
    const registry = registries.get(root) ?? createEmbeddedRegistry({ root })
    registries.set(root, registry)
    return registry
  }

  return {
    get urls() {
      return [...open.values()].map(listener => listener.url)
    },
    get ports() {
      return [...open.values()].map(listener => listener.port)
    },

    async prepare(next) {
      passwords ??= createPasswordChecks(next, events, onProved)
      const nextUsers = shareUsers(passwords, next.users)
      const { storage } = next.settings
      const gateway: Gateway = {
        users: nextUsers,
        forwarder,
        registry: storage === null ? null : registryOf(storage),
        readiness: createReadiness(backends, storage === null ? null : registryOf(storage)),
        trusted: trustedNetworks(next.settings.trustedProxies),
        events,
      }
      const collector = new Collector()
      const serving = new Map<string, Serving>()
      const opened = new Map<string, OpenListener>()
      for (const listener of next.settings.listeners) {
        const address = addressOf(listener)
        const built = await collector.try(() => buildServing(gateway, listener, next))
        if (built === null) continue
        serving.set(address, built)
        if (open.has(address)) continue
        const { limits } = next.settings
        const made = await collector.try(() => openListener({ ...listener, limits, serving: built }))
        if (made !== null) opened.set(address, made)
      }
      const discard = async () => {
        await Promise.all([...opened.values()].map(listener => listener.close()))
      }
      if (collector.found) {
        await discard()
        throw collector.asError()
      }
      return {
        discard,
        commit() {
          for (const [address, listener] of open) {
            const kept = serving.get(address)
            if (kept !== undefined) listener.update(kept)
            else {
              open.delete(address)
              void listener.close()
            }
          }
          for (const [address, listener] of opened) open.set(address, listener)
          users = nextUsers
          passwords?.flush()
          drainMs = next.settings.limits.drainMs
        },
      }
    },

    get connections() {
      return [...open.values()].reduce((all, listener) => all + listener.connections, 0)
    },
    get passwordsWaiting() {
      return passwords?.waiting ?? 0
    },
    usersChanged: (file, changed) => users?.changed(file, changed),
    acceptProof: proof => passwords?.acceptProof(proof),

    async close() {
      const listeners = [...open.values()]
      const late = setTimeout(() => {
        for (const listener of listeners) listener.destroy()
      }, drainMs)
      await Promise.all(listeners.map(listener => listener.close())).finally(() => clearTimeout(late))
      forwarder.close()
      await passwords?.close()
    },
  }
}

/** @throws ProblemsFound where TLS refuses a certificate */
function buildServing(gateway: Gateway, listener: Listener, state: ServingState): Serving {
  const compiled = compileListener(listener)
  const handle: Handler = createHandler(gateway, compiled)
  return {
    handle,
    handlePlain: answerPlainHttp,
    tls: listenerTls(listener, state.pairs, name => selectServer(compiled, name).settings),
  }
}
