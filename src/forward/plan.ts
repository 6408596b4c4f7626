/** What is to be done with a request that goes to a backend. */
import type { HeaderLine } from '../http/header-line.js'
import type { OwnLogin } from './own-login.js'
import type { RequestHeaderRules } from './request-headers.js'

export interface ForwardPlan {
  /** `http://host:port` or `https://host:port`; a later one is asked where an earlier one cannot be reached. */
  readonly backends: readonly string[]
  /** Whether the certificate of an https backend must be valid. */
  readonly verifyBackend: boolean
  /** Path and query exactly as the backend gets them. */
  readonly target: string
  readonly headers: RequestHeaderRules
  /** Whose Authorization replaces the one of these headers; null where the gate has no login of its own. */
  readonly login: OwnLogin | null
  /** The request's body where it has been read already; null where it is still to come. */
  readonly body: Buffer | null
  /** Whether the request does no harm where the backend gets it twice (RFC 9110 section 9.2.2). */
  readonly repeatable: boolean
  /** Whether it is a request of the registry API, whose answers name further URLs of the same registry (see OwnUrls). */
  readonly isRegistry: boolean
  /** Milliseconds without progress. */
  readonly idleMs: { readonly read: number; readonly send: number }
  /** null: no limit. Only a body without a length has to be counted here. */
  readonly maxBodyBytes: number | null
  /** Gets the backend's status and the headers that may pass; gives the headers to send. */
  readonly onHead: (status: number, headers: readonly HeaderLine[]) => readonly HeaderLine[]
}

/** `complete`: to the last byte. `broken`: one side left in the middle, and the other was cut. */
export type ForwardResult = 'complete' | 'broken'
