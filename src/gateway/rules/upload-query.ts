/**
 * Uploads of blobs: what they say besides their path, a mount above all, is judged before a registry reads it.
 * (decision E9)
 */
import type { IncomingMessage } from 'node:http'
import { isDigest, isRepositoryName } from '../../registry-api/names.js'
import { rowOf } from '../../registry-api/operation.js'
import type { RegistryRequest } from '../registry-request.js'
import { readPairs } from './query-parameters.js'

export const isUpload = (operation: RegistryRequest['operation']): boolean =>
  (rowOf(operation)?.upload ?? null) !== null

/** A registry may look for parameters in a body that calls itself a form, and believe it more than the query that was judged. */
export function hideForm(request: IncomingMessage): void {
  if (/form|multipart/i.test(request.headers['content-type'] ?? ''))
    request.headers['content-type'] = 'application/octet-stream'
}

/**
 * A mount from a repository that may not be pulled becomes a normal upload: its two parameters are left out, and the registry answers 202,
 * with which every client goes on. So does one without a source, for which a registry would look everywhere. The other pairs stay byte for
 * byte.
 */
export function withoutDeniedMount(path: RegistryRequest, mayPull: (repository: string) => boolean): RegistryRequest {
  const pairs = readPairs(path.query)
  const textOf = (key: string) => pairs.find(pair => pair.key === key)?.value ?? null
  const [mount, from] = [textOf('mount'), textOf('from')]
  if (mount === null && from === null) return path
  if (mount !== null && from !== null && isDigest(mount) && isRepositoryName(from) && mayPull(from)) return path
  const query = pairs
    .filter(({ key }) => key !== 'mount' && key !== 'from')
    .map(({ raw }) => raw)
    .join('&')
  const [bare = ''] = path.target.split('?', 1)
  return { ...path, query, target: query === '' ? bare : `${bare}?${query}` }
}
