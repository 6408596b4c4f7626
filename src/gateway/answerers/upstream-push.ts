/**
 * Judges a manifest before a backend sees it: whether it is a push or moves a tag shows what the tag names, which is
 * asked just before. (decision A3)
 */
import { createHash } from 'node:crypto'
import { RequestError } from '../../errors/request-error.js'
import { manifestBuffer, manifestLimit } from '../../registry-api/manifest-buffer.js'
import { isTag } from '../../registry-api/names.js'
import type { Operation } from '../../registry-api/operation.js'
import type { RepositoryRules } from '../../registry-api/rules.js'
import type { AuthorizedRequest } from '../model.js'
import type { RequestContext } from '../request-context.js'
import { readPairs } from '../rules/query-parameters.js'
import type { RegistryReader } from './upstream-reader.js'

/** The specification wants at least ten (OCI distribution-spec, end-7b). */
const maxTags = 16

/**
 * Reads the manifest, judges each tag that it is to get, and holds it until `send` has ended; context.replaced tells what the tag named
 * before.
 * @throws RequestError as RepositoryRules.judgePush does, and what ManifestBuffer.hold throws
 */
export function holdManifest(
  reader: RegistryReader,
  rules: RepositoryRules,
  context: RequestContext,
  { registryRequest, decision }: AuthorizedRequest,
  { repository, reference }: Extract<Operation, { repository: string }>,
  send: (manifest: Buffer) => Promise<void>,
): Promise<void> {
  const tags = tagsOf(reference, registryRequest.query)
  const limit = Math.min(manifestLimit, decision.route.maxBodyBytes ?? manifestLimit)
  return manifestBuffer.hold(context.request, limit, async manifest => {
    if (tags.length === 0) rules.judgePush(null, null, '')
    for (const tag of tags) {
      if (!rules.mayRefusePush(tag)) continue
      const before = await reader.digest(repository, tag)
      // By the algorithm of that digest: a digest of another algorithm than these is that of another manifest.
      const digest = before === null ? '' : digestOf(manifest, before.startsWith('sha512:') ? 'sha512' : 'sha256')
      rules.judgePush(tag, before, digest)
      if (before !== null && before !== digest) context.replaced = before
    }
    await send(manifest)
  })
}

/** The tag of the path and those of the query (OCI distribution-spec, end-7b). */
function tagsOf(reference: string | null, query: string): readonly string[] {
  const named = readPairs(query).flatMap(({ key, value }) => (key === 'tag' ? [value] : []))
  if (named.some(tag => !isTag(tag))) throw new RequestError('tag-invalid')
  const tags = [...new Set([...(reference === null || reference.includes(':') ? [] : [reference]), ...named])]
  if (tags.length > maxTags)
    throw new RequestError('bad-request', { message: `a manifest gets at most ${maxTags} tags at once` })
  return tags
}

const digestOf = (body: Buffer, algorithm: 'sha256' | 'sha512') =>
  `${algorithm}:${createHash(algorithm).update(body).digest('hex')}`
