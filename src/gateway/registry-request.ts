/**
 * What the path that the backend will see means: judged once, and sent in exactly the spelling that was judged.
 * (decision R5)
 */
import { RequestError } from '../errors/request-error.js'
import { readTarget } from '../http/canonical-path.js'
import { type Operation, parseOperation, type Refused } from '../registry-api/operation.js'

export interface RegistryRequest {
  /** Path and query as they are sent. */
  readonly target: string
  readonly query: string
  /** null for a path outside the registry API. */
  readonly operation: Operation | Refused | null
}

/**
 * @param target the request-target for the backend
 * @throws RequestError 400 for a registry path in any other spelling than the canonical one
 */
export function parseRegistryRequest(method: string, target: string): RegistryRequest {
  const read = readTarget(target)
  if (read === null)
    throw new RequestError('path-not-canonical', {
      detail: { hint: 'no %-escapes, empty segments or dot segments below /v2/' },
    })
  // The root of the API is one resource, with its slash or without it.
  const path = read.path === '/v2' ? '/v2/' : read.path
  return {
    target: read.query === null ? path : `${path}?${read.query}`,
    query: read.query ?? '',
    operation: read.isRegistry ? parseOperation(method, path) : null,
  }
}
