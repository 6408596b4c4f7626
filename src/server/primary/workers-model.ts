/** What the primary asks of its workers as one, and what they are made from. */
import type { Socket } from 'node:net'
import type { ReadOnly } from '../../gateway/model.js'
import type { Snapshot } from '../../observe/add-up.js'
import type { Events } from '../../observe/events.js'
import type { Users } from '../../users/htpasswd/users.js'
import type { Account } from '../drop-privileges.js'
import type { IdentityChange } from '../identity-change.js'
import type { IdentityStore } from '../identity-keeping.js'
import type { ServingState } from '../serving-state.js'
import type { TokenState } from '../token-files.js'
import type { LoginLimitServer } from './login-limit-server.js'

export interface Workers {
  /** What is in force; null before the first. */
  readonly state: ServingState | null
  /**
   * Puts a state in force in every worker, or in none. One change at a time: the caller waits for the one before.
   * @throws ProblemsFound where a worker cannot serve it, WorkerLost where workers end over it; the state before stays in force
   */
  serve(state: ServingState): Promise<void>
  /** A connection of the address with this name. */
  hand(address: string, socket: Socket): void
  /** Connections that wait, because no worker has room for them. */
  readonly waiting: number
  usersChanged(file: string, users: Users): void
  /** @param change what came and went, where nothing but identity tokens has changed; otherwise null */
  tokensChanged(tokens: TokenState | null, change: IdentityChange | null): void
  /** null: clients may push. Also told to every worker that is started later, before its first request. */
  readOnlyChanged(readOnly: ReadOnly | null): void
  /** What the workers have counted since the gate was started. */
  counted(): Promise<readonly Snapshot[]>
  /** Lets transfers end for as long as the settings say, then the processes. */
  drain(): Promise<void>
  /** Ends all of them at once. */
  kill(): void
  /** Resolves where workers end again and again as soon as they start, and none is left. */
  readonly hopeless: Promise<Error>
}

export interface WorkersOptions {
  readonly count: number
  readonly environment: Readonly<Record<string, string>>
  /** Whom they become; null: what the primary is. */
  readonly account: Account | null
  readonly events: Events
  /** Where those stand that workers make. */
  readonly identities: IdentityStore
  /** Answers their questions about logins. */
  readonly logins: LoginLimitServer
  readonly file?: URL
  readonly timeoutMs?: number
  /** See watch-environment.ts. */
  readonly heartbeatMs?: number
  /** The first pause between successors that die young; it doubles each time. */
  readonly pauseMs?: number
}
