/** A request that means nothing to a registry, as the refusal that says why. */
import { RequestError } from '../../errors/request-error.js'
import type { Refused } from '../../registry-api/operation.js'

/** With `Allow` where another method would do (RFC 9110, 15.5.6). */
export function operationRefused({ error, allow }: Refused): RequestError {
  return new RequestError(error, allow.length === 0 ? {} : { headers: { Allow: allow.join(', ') } })
}
