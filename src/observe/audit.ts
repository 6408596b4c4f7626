/** Selects the events that go into the audit log. */
import { type OperationKind, operations } from '../registry-api/operation.js'
import type { AnsweredRequest } from './answered-request.js'

const requestEvents = ['login-failure', 'denial', 'push', 'overwrite', 'delete'] as const
/** The last two belong to no request: they are switches seen in the data folder. */
export const auditedEvents = [...requestEvents, 'read-only-on', 'read-only-off'] as const
export type AuditedEvent = (typeof auditedEvents)[number]

/** Maps codes of errors/request-error.ts to their names in the log. */
export const loginFailures: ReadonlyMap<string, string> = new Map([
  ['credentials-wrong', 'wrong'],
  ['too-many-wrong-passwords', 'locked'],
])

/**
 * `overwrite` is a push that is known to have moved a tag to another digest. A write whose client left before the
 * response counts as done, because the gate cannot know that it failed.
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
