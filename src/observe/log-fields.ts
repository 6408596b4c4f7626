/** The fields of a request's log lines, in reading order. */
import type { AnsweredRequest } from './answered-request.js'
import { type AuditedEvent, loginFailures } from './audit.js'

/** The fields of the line that every request has. */
export function accessFields(request: AnsweredRequest): object {
  const { method, path, status, address, received, bytes, milliseconds, complete } = request
  const { user, action, repository, reference, agent, error, cause } = request
  return {
    method,
    path,
    status,
    address,
    received,
    bytes,
    milliseconds,
    ...known({ user, action, repository, reference, agent }),
    ...(complete ? {} : { complete }),
    ...known({ error, cause }),
  }
}

/** The reason of a failed login, or the gate's message for a denial (user, action, repository and rule). */
export const reasonOf = ({ error, refusal }: AnsweredRequest, event: AuditedEvent) =>
  known({ reason: loginFailures.get(error ?? '') ?? (event === 'denial' ? refusal : null) })

/** Who, from where, with which client, and on what: complete without the request's own line. */
export function auditFields(request: AnsweredRequest): object {
  const { user, claimedUser, address, agent, method, path } = request
  const { action, repository, reference, digest, replaced, status, received, bytes } = request
  const what = repository === null ? { path } : known({ repository, reference, digest, replaced })
  return {
    ...known({ user: user ?? claimedUser }),
    address,
    method,
    ...known({ action }),
    ...what,
    status,
    received,
    bytes,
    ...known({ agent }),
  }
}

/** Drops fields with null. Runs for every request, so it allocates no lists. */
export function known(fields: Readonly<Record<string, string | null>>): object {
  const kept: Record<string, string> = {}
  for (const name in fields) {
    const value = fields[name]
    if (typeof value === 'string') kept[name] = value
  }
  return kept
}
