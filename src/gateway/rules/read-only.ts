/** Refuses what would change the registry while it is read-only; who may pull may pull on. (decision E5) */
import { RequestError } from '../../errors/request-error.js'
import { type Operation, type Refused, rowOf } from '../../registry-api/operation.js'
import type { RequestView } from '../../routes/model.js'
import type { ReadOnly } from '../model.js'
import { isUnknownWrite } from './unknown-write.js'

/** Seconds after which a client may ask again: nobody knows how long maintenance takes. */
const retryAfter = '60'

/**
 * @param readOnly null while clients may push
 * @param operation what the path that the backend gets means
 * @throws RequestError 503 with Retry-After and the operator's reason
 */
export function refuseWrites(
  readOnly: ReadOnly | null,
  view: Pick<RequestView, 'method' | 'target'>,
  operation: Operation | Refused | null,
): void {
  if (readOnly === null) return
  if (rowOf(operation)?.effect !== 'write' && !isUnknownWrite(view, operation)) return
  const { reason } = readOnly
  throw new RequestError('read-only', {
    ...(reason === null ? {} : { message: `the registry is read-only at the moment: ${reason}` }),
    headers: { 'Retry-After': retryAfter },
  })
}
