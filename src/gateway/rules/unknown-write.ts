/** Requests that change something at a registry of which we do not know what: nobody can judge them. */
import type { ImmutableTags } from '../../access/model.js'
import { RequestError } from '../../errors/request-error.js'
import { readTarget } from '../../http/canonical-path.js'
import type { Operation, Refused } from '../../registry-api/operation.js'
import type { RequestView } from '../../routes/model.js'
import type { AuthorizedRequest } from '../model.js'
import { operationRefused } from './refuse-operation.js'

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

/** @throws RequestError for what may move or delete a tag without our knowing */
export function refuseUnjudged(
  immutable: readonly ImmutableTags[],
  { view, registryRequest: { operation } }: Pick<AuthorizedRequest, 'view' | 'registryRequest'>,
): void {
  if (immutable.length === 0 || !isUnknownWrite(view, operation)) return
  if (operation?.kind === 'refused') throw operationRefused(operation)
  throw new RequestError('denied', { message: 'immutable tags cannot be kept in what this location makes of the path' })
}
