/** Which events somebody may have to answer for later. */
import { type OperationKind, operations } from '../registry-api/operation.js'
import type { AnsweredRequest } from './answered-request.js'

const requestEvents = ['login-failure', 'denial', 'push', 'overwrite', 'delete'] as const
/** The last two are no requests: the switch was seen in the data folder. */
export const auditedEvents = [...requestEvents, 'read-only-on', 'read-only-off'] as const
export type AuditedEvent = (typeof auditedEvents)[number]

/** Codes of errors/request-error.ts, and what the log calls them. */
export const loginFailures: ReadonlyMap<string, string> = new Map([
  ['credentials-wrong', 'wrong'],
  ['too-many-wrong-passwords', 'locked'],
])

/**
 * `overwrite` is a push of which it is known that it moved a tag to another digest. A write whose client left before the answer
 * counts as done: nobody knows that it was not.
 */
export function auditedEvent(
  request: Pick<AnsweredRequest, 'action' | 'status' | 'error' | 'replaced'>,
): (typeof requestEvents)[number] | null {
  const { action, status, error } = request
  if (error !== null && loginFailures.has(error)) return 'login-failure'
  if (error === 'denied' || error === 'denied-by-challenge' || status === 403) return 'denial'
  const done = error === null && (status === 0 || (status >= 200 && status < 300))
  if (!done) return null
  const audit = isOperation(action) ? operations[action].audit : null
  return audit === 'push' && request.replaced !== null ? 'overwrite' : audit
}

const isOperation = (action: string | null): action is OperationKind =>
  action !== null && Object.hasOwn(operations, action)
