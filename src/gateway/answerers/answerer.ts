/**
 * What a request that may pass is answered by: one answerer for each kind of content that a route can have.
 * (decision R2)
 */
import type { RegistryRules } from '../../registry-api/rules.js'
import type { Content } from '../../routes/model.js'
import type { ServeDecision } from '../../routes/route-request.js'
import type { AuthorizedRequest, Gateway, Readiness } from '../model.js'
import type { RequestContext } from '../request-context.js'

export interface Answerer<Of extends Content> {
  /**
   * Sends the whole answer.
   * @param rules must be asked before a registry shows, stores or removes anything
   * @throws RequestError as long as nothing has been sent to the client
   */
  answer(
    gateway: Gateway,
    context: RequestContext,
    request: AuthorizedRequest,
    content: Of,
    rules: RegistryRules,
  ): Promise<void> | void
  /** Why it cannot answer at the moment; null where it can. */
  ready(readiness: Readiness, decision: ServeDecision, content: Of): Promise<NotReady | null>
}

export interface NotReady {
  /** For clients. */
  readonly message: string
  /** For the log alone. */
  readonly cause: string
}

/** What needs nothing else to answer. */
export const alwaysReady = async (): Promise<null> => null
