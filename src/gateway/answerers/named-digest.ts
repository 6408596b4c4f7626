/** What a tag names at the backend at this moment. */
import { RequestError } from '../../errors/request-error.js'
import type { Gateway } from '../handle-request.js'
import type { Exchange } from '../request-context.js'
import type { Passed } from './answer.js'
import { askBackend } from './upstream-plan.js'

/** Without these, a registry may answer with the digest of another form of what the tag names. */
const accept = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.v1+prettyjws',
  'application/vnd.docker.distribution.manifest.v1+json',
  '*/*',
].join(', ')

/** null where there is no such tag. @throws RequestError where that cannot be told */
export async function namedDigest(
  gateway: Pick<Gateway, 'forwarder' | 'backendLogin'>,
  exchange: Exchange,
  passed: Passed,
  repository: string,
  tag: string,
): Promise<string | null> {
  const target = `/v2/${repository}/manifests/${tag}`
  const { status, headers } = await askBackend(gateway, exchange, passed, {
    method: 'HEAD',
    target,
    accept,
    mostBytes: 0,
  })
  if (status === 404) return null
  const digest = headers['docker-content-digest']
  if (status === 200 && typeof digest === 'string') return digest
  const cause = new Error(`status ${status} for a manifest${typeof digest === 'string' ? '' : ', without a digest'}`)
  throw new RequestError('backend-answer-invalid', { cause })
}
