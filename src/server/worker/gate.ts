/** The serving part of a worker: builds a gateway from a state, and can be given another state while requests are under way. */
import type { Socket } from 'node:net'
import { compilePolicy } from '../../access/compile-policy.js'
import { describeCertificate } from '../../certificates/describe.js'
import { createEmbeddedRegistry, type EmbeddedRegistry } from '../../embedded-registry/embedded-registry.js'
import { Collector } from '../../errors/collect.js'
import { createForwarder } from '../../forward/forward.js'
import { createReach } from '../../forward/reach.js'
import { distrustMs } from '../../forward/trust.js'
import { createHandler, type Handler } from '../../gateway/handle-request.js'
import { everythingToUsers, permitByRules } from '../../gateway/login/permit.js'
import { publicNames } from '../../gateway/login/public-names.js'
import type { TokenMode } from '../../gateway/login/tokens.js'
import type { Gateway, ReadOnly } from '../../gateway/model.js'
import { createPlainHandler } from '../../gateway/plain-http.js'
import { trustedNetworks } from '../../http/client-address.js'
import type { Events } from '../../observe/events.js'
import { compileListener } from '../../routes/compile.js'
import type { Listener } from '../../routes/model.js'
import { selectServer } from '../../routes/select-server.js'
import type { Users } from '../../users/htpasswd/users.js'
import type { IdentityChange } from '../identity-change.js'
import type { IdentityStore } from '../identity-keeping.js'
import { addressName } from '../messages.js'
import { anchorOf, type ServingState } from '../serving-state.js'
import type { TokenState } from '../token-files.js'
import { rememberBackendLogin } from './backend-login.js'
import { listenerTls } from './listener-tls.js'
import type { LoginQuestions } from './login-questions.js'
import { createReadiness, patienceMs, rememberMs } from './readiness.js'
import { createReception, type Reception, type Serving } from './reception.js'
import { createPasswordChecks, type PasswordChecks, type SharedUsers, shareUsers } from './shared-users.js'
import { createWorkerTokens, type WorkerTokens } from './tokens.js'

export interface WorkerGate {
  /**
   * Builds everything that the next state needs; nothing is in force yet. A state prepared before and not committed is forgotten.
   * @throws ProblemsFound where that is not possible; nothing has changed then
   */
  prepare(next: ServingState): Promise<Prepared>
  /** A connection of the address with this name (see messages.ts). */
  accept(address: string, socket: Socket): void
  /** Connections of clients, and passwords that are being compared or wait for it. */
  readonly connections: number
  readonly passwordsWaiting: number
  usersChanged(file: string, users: Users): void
  tokensChanged(tokens: TokenState | null): void
  identityTokensChanged(change: IdentityChange): void
  acceptProof(proof: string): void
  /** Resolves once transfers under way have ended, `limits.drainMs` at most. */
  close(): Promise<void>
}

export interface Prepared {
  commit(): void
}

/** What a worker asks of the primary, what it was told, and who watches over it. */
export interface Primary {
  readonly onProved: (proof: string) => void
  readonly identities: IdentityStore
  readonly logins: LoginQuestions
  /** null while clients may push. */
  readonly readOnly: () => ReadOnly | null
  /** See watchdog.ts. */
  readonly watch: (handler: Handler) => Handler
}

/** A gate that answers nobody until its first state is prepared and committed. */
export function createWorkerGate(events: Events, primary: Primary): WorkerGate {
  const receptions = new Map<string, Reception>()
  /** Of addresses that are no longer in the configuration. */
  const leaving = new Map<Reception, Promise<void>>()
  // These outlive a reload: requests under way go on with them, and what was proved or pooled stays useful.
  const forwarder = createForwarder(backend => events.backendSpokeUnasked(backend, distrustMs / 1_000))
  const registries = new Map<string, EmbeddedRegistry>()
  const backendLoginOf = rememberBackendLogin(forwarder.ask)
  let passwords: PasswordChecks | null = null
  let users: SharedUsers | null = null
  let preparedUsers: SharedUsers | null = null
  let tokens: WorkerTokens | null = null
  let preparedTokens: WorkerTokens | null = null
  let drainMs = 0
  const backends = createReach({ rememberMs, patienceMs, now: () => performance.now() })

  const registryOf = (root: string): EmbeddedRegistry => {
    const registry = registries.get(root) ?? createEmbeddedRegistry({ root })
    registries.set(root, registry)
    return registry
  }
  /** Bounded, so that nothing which hangs keeps it for ever. */
  const leave = (reception: Reception) => {
    const late = setTimeout(() => reception.destroy(), drainMs)
    const gone = reception.drain().then(() => {
      clearTimeout(late)
      leaving.delete(reception)
    })
    leaving.set(reception, gone)
  }

  return {
    async prepare(next) {
      passwords ??= createPasswordChecks(next, events, primary.onProved)
      const nextUsers = shareUsers(passwords, next, primary.logins)
      // From here on, so that no change is lost that comes between the two steps.
      preparedUsers = nextUsers
      const nextTokens = createWorkerTokens(next.settings, next.tokens, primary.identities)
      preparedTokens = nextTokens
      const { storage, limits } = next.settings
      const access = next.settings.access === null ? null : compilePolicy(next.settings.access)
      const gateway: Gateway = {
        users: nextUsers,
        tokens: nextTokens,
        tokenMode: tokenModeOf(next),
        permit: access === null ? everythingToUsers : permitByRules(access),
        access,
        immutable: next.settings.immutable,
        forwarder,
        backendLogin: backendLoginOf(next),
        registry: storage === null ? null : registryOf(storage),
        readiness: createReadiness(backends, storage === null ? null : registryOf(storage)),
        readOnly: primary.readOnly,
        anchorOf: ({ settings }) => anchorOf(next, settings),
        trusted: trustedNetworks(next.settings.trustedProxies),
        events,
      }
      const collector = new Collector()
      const serving = new Map<string, Serving>()
      for (const listener of next.settings.listeners) {
        const built = await collector.try(() => buildServing(gateway, listener, next, primary.watch))
        if (built !== null) serving.set(addressName(listener), built)
      }
      if (collector.found) throw collector.asError()
      return {
        commit() {
          drainMs = limits.drainMs
          for (const [address, reception] of receptions) {
            if (serving.has(address)) continue
            receptions.delete(address)
            leave(reception)
          }
          for (const [address, now] of serving) {
            const kept = receptions.get(address)
            if (kept === undefined) receptions.set(address, createReception(limits, now, events))
            else kept.update(now)
          }
          users = nextUsers
          tokens = nextTokens
        },
      }
    },

    accept(address, socket) {
      const reception = receptions.get(address)
      if (reception === undefined) socket.destroy()
      else reception.accept(socket)
    },

    get connections() {
      return [...receptions.values(), ...leaving.keys()].reduce((all, reception) => all + reception.connections, 0)
    },
    get passwordsWaiting() {
      return passwords?.waiting ?? 0
    },

    usersChanged(file, changed) {
      for (const known of new Set([users, preparedUsers])) known?.changed(file, changed)
    },
    tokensChanged(changed) {
      for (const known of new Set([tokens, preparedTokens])) known?.changed(changed)
    },
    identityTokensChanged(change) {
      for (const known of new Set([tokens, preparedTokens])) known?.identitiesChanged(change)
    },
    acceptProof: proof => passwords?.acceptProof(proof),

    async close() {
      for (const reception of receptions.values()) leave(reception)
      await Promise.all(leaving.values())
      await Promise.all([...registries.values()].map(registry => registry.settled()))
      forwarder.close()
      await passwords?.close()
    },
  }
}

function tokenModeOf({ settings, pairs }: ServingState): TokenMode | null {
  if (settings.challenge === 'basic') return null
  const { service, identity } = settings.token
  const certified = [...pairs.values()].flatMap(pair => describeCertificate(pair.cert).names)
  return { service, identity, names: publicNames([...certified, ...settings.hosts]) }
}

/** @throws ProblemsFound where TLS refuses a certificate */
function buildServing(
  gateway: Gateway,
  listener: Listener,
  state: ServingState,
  watch: (handler: Handler) => Handler,
): Serving {
  const compiled = compileListener(listener)
  const handle = watch(createHandler(gateway, compiled))
  const { proxyProtocol } = state.settings
  return {
    handle,
    handlePlain: createPlainHandler(gateway),
    isBalancer: proxyProtocol.length === 0 ? null : trustedNetworks(proxyProtocol),
    tls: listenerTls(listener, state, name => selectServer(compiled, name).settings),
  }
}
