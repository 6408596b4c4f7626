/** Requests that change something at a registry of which we do not know what: nobody can judge them. */
import { readTarget } from '../../http/canonical-path.js'
import type { Operation, Refused } from '../../registry-api/operation.js'
import type { RequestView } from '../../routes/model.js'

/** Methods that change nothing (RFC 9110 section 9.2.1). */
const safe: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * A path of the registry API that means nothing to us may mean something to a backend, and so may what a configuration makes of one.
 * @param operation what the path that the backend gets means; null outside the registry API
 */
export function isUnknownWrite(
  { method, target }: Pick<RequestView, 'method' | 'target'>,
  operation: Operation | Refused | null,
): boolean {
  if (safe.has(method)) return false
  return operation === null ? readTarget(target)?.isRegistry !== false : operation.kind === 'refused'
}
