/** Whether a manifest that arrives is a push or moves a tag: found out by asking what the tag names, just before. */
import { createHash } from 'node:crypto'
import { immutableBy } from '../access/immutable.js'
import { RequestError } from '../errors/request-error.js'
import { heldManifests, manifestLimit } from '../registry-api/held-manifests.js'
import { isTag } from '../registry-api/names.js'
import type { Operation } from '../registry-api/operation.js'
import type { Passed } from './answer.js'
import { type Asker, requireAction } from './authorize.js'
import type { Exchange } from './exchange.js'
import type { Gateway } from './handle-request.js'
import { readPairs } from './judge-query.js'
import { requireMutable } from './keep-immutable.js'
import { namedDigest } from './named-digest.js'

/** What a manifest is judged by. */
type Rules = Pick<Gateway, 'access' | 'immutable'>

type PutManifest = Extract<Operation, { repository: string }> & { readonly kind: 'put-manifest' }

export const isPutManifest = (operation: Passed['path']['operation']): operation is PutManifest =>
  operation?.kind === 'put-manifest'

/** The specification wants at least ten (OCI distribution-spec, end-7b). */
const mostTags = 16

/**
 * Reads the manifest, judges each tag that it is to get, and holds it until `send` has ended; exchange.replaced tells what the tag named
 * before.
 * @throws RequestError 403 or 401 as judgeManifest does, and what HeldManifests.hold throws
 */
export function holdManifest(
  gateway: Pick<Gateway, 'forwarder' | 'backendLogin'> & Rules,
  exchange: Exchange,
  passed: Passed,
  operation: PutManifest,
  send: (manifest: Buffer) => Promise<void>,
): Promise<void> {
  const tags = tagsOf(operation.reference, passed.path.query)
  const limit = Math.min(manifestLimit, passed.decision.route.maxBodyBytes ?? manifestLimit)
  const immutableAs = immutableBy(gateway.immutable, operation.repository)
  return heldManifests.hold(exchange.request, limit, async manifest => {
    if (tags.length === 0) judgeManifest(gateway, passed, operation.repository, null, 'nothing')
    for (const tag of tags) {
      if (gateway.access === null && immutableAs(tag) === null) continue
      const before = await namedDigest(gateway, exchange, passed, operation.repository, tag)
      const named = before === null ? 'nothing' : isDigestOf(before, manifest) ? 'same' : 'other'
      judgeManifest(gateway, passed, operation.repository, tag, named)
      if (named === 'other') exchange.replaced = before
    }
    await send(manifest)
  })
}

/** What a tag names before a manifest gets it. The same digest again moves nothing. */
export type Before = 'nothing' | 'same' | 'other'

/**
 * @param tag null for a manifest without one, which moves nothing
 * @throws RequestError as requireAction and requireMutable do
 */
export function judgeManifest(
  { access, immutable }: Rules,
  asker: Asker,
  repository: string,
  tag: string | null,
  before: Before,
): void {
  if (access !== null) requireAction(access, asker, repository, before === 'other' ? 'overwrite' : 'push', tag)
  if (tag !== null && before === 'other') requireMutable(immutable, repository)(tag)
}

/** The tag of the path and those of the query (OCI distribution-spec, end-7b). */
function tagsOf(reference: string | null, query: string): readonly string[] {
  const named = readPairs(query).flatMap(({ key, value }) => (key === 'tag' ? [value] : []))
  if (named.some(tag => !isTag(tag))) throw new RequestError('tag-invalid')
  const tags = [...new Set([...(reference === null || reference.includes(':') ? [] : [reference]), ...named])]
  if (tags.length > mostTags)
    throw new RequestError('bad-request', { message: `a manifest gets at most ${mostTags} tags at once` })
  return tags
}

/** By the algorithm of that digest; one of another algorithm than these is that of another manifest. */
function isDigestOf(digest: string, body: Buffer): boolean {
  const algorithm = digest.startsWith('sha512:') ? 'sha512' : 'sha256'
  return digest === `${algorithm}:${createHash(algorithm).update(body).digest('hex')}`
}
