/** The types that the rooms of the gateway share. Only types: no file of a room imports another room for them. */
import type { CompiledPolicy } from '../access/compile-policy.js'
import type { ImmutableTags } from '../access/model.js'
import type { TrustAnchor } from '../certificates/anchor.js'
import type { EmbeddedRegistry } from '../embedded-registry/embedded-registry.js'
import type { Events } from '../observe/events.js'
import type { CompiledServer } from '../routes/compile.js'
import type { RequestView } from '../routes/model.js'
import type { ServeDecision } from '../routes/route-request.js'
import type { Variables } from '../routes/variables.js'
import type { BearerChallenge } from '../token/challenge.js'
import type { Forwarder } from '../upstream/forward.js'
import type { BackendLogin } from '../upstream-auth/backend-login.js'
import type { UserSource } from '../users/user-source.js'
import type { Permit } from './login/permit.js'
import type { Principal } from './login/principal.js'
import type { TokenMode, Tokens } from './login/tokens.js'
import type { RegistryRequest } from './registry-request.js'

/** What the gate works with, put together by server/worker/gate.ts. */
export interface Gateway {
  readonly users: UserSource
  readonly tokens: Tokens
  /** null: clients are asked for Basic, and there is no token service. */
  readonly tokenMode: TokenMode | null
  readonly permit: Permit
  /** null: every user may do everything. */
  readonly access: CompiledPolicy | null
  readonly immutable: readonly ImmutableTags[]
  readonly forwarder: Forwarder
  /** null where clients' requests go to the backend without a login of the gate's own. */
  readonly backendLogin: BackendLogin | null
  /** null where no route uses it. */
  readonly registry: EmbeddedRegistry | null
  readonly readiness: Readiness
  /** Asked anew for each request; null while clients may push. */
  readonly readOnly: () => ReadOnly | null
  /** What clients of a server must trust; null where it has no certificate, or where another authority has signed it. */
  readonly anchorOf: (server: CompiledServer) => TrustAnchor | null
  /** Whose X-Forwarded-For is believed. */
  readonly trusted: (address: string) => boolean
  readonly events: Events
}

export interface ReadOnly {
  /** What the operator says to those who push: one line. null where nothing was said. */
  readonly reason: string | null
}

/** Each says why it cannot be used at the moment, for the log alone; null where it can. */
export interface Readiness {
  backend(url: string, verify: boolean): Promise<string | null>
  storage(): Promise<string | null>
}

/** What a route that asks for a login asks for: whose passwords count, and the challenge of a 401. */
export interface AuthScheme {
  readonly kind: 'basic' | 'token'
  readonly usersFile: string
  readonly rulesMayOpen: boolean
  /**
   * The header of a 401, with exactly one challenge: two of them confuse docker. In token mode it names the scopes that the request needs.
   * @param description of the error, for people
   * @throws RequestError 421 in token mode where the client used a name that is not ours
   */
  challenge(error: BearerChallenge['error'], description?: string): Readonly<Record<string, string>>
}

/** Who asks, and how a refusal tells them. */
export interface Asker {
  readonly principal: Principal
  /** null where the route asks for no login. */
  readonly scheme: AuthScheme | null
}

/** A request that may pass: where it goes, what it means and who asks are known. */
export interface AuthorizedRequest extends Asker {
  readonly view: RequestView
  readonly server: CompiledServer
  /** As it may be sent. */
  readonly registryRequest: RegistryRequest
  readonly decision: ServeDecision
  readonly variables: Variables
}
