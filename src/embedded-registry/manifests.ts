/** Manifests of a repository: HEAD, GET, PUT, DELETE by tag or digest (OCI distribution-spec 1.1). */
import { open } from 'node:fs/promises'
import { everyLimit } from '../concurrency/every-limit.js'
import { countEntries, nextTurn } from '../concurrency/slices.js'
import { RequestError } from '../errors/request-error.js'
import { manifestBuffer, manifestLimit } from '../registry-api/manifest-buffer.js'
import { canonicalAlgorithm, type Digest, digestOfBytes, readDigest, requireDigest } from './digest.js'
import { unlessMissing } from './durable-file.js'
import { type Exchange, isUnmodified, sendEmpty, sendWhole } from './exchange.js'
import { type LinkPath, removeLinks, sizeOfLinked } from './links.js'
import { type CheckedManifest, checkManifest } from './manifest-facts.js'
import { turnToParse } from './manifest-json.js'
import { sendFile } from './send-file.js'
import type { Store } from './store.js'
import { factsOfStored, findManifest, readManifest, revisionLinks, storeManifest } from './stored-manifests.js'
import { readTag, removeTag, tagsOf, writeTag } from './tags.js'

export async function getManifest(store: Store, { request, response, repository, reference }: Exchange): Promise<void> {
  const { digest, stored } = await findManifest(store, repository, reference)
  const unknown = () => new RequestError('manifest-unknown', { detail: { name: repository, reference } })
  const facts = await factsOfStored(store, stored)
  if (facts === null) throw unknown()
  const etag = `"${digest.text}"`
  const headers = { 'Content-Type': facts.mediaType, 'Docker-Content-Digest': digest.text, ETag: etag }
  if (isUnmodified(request, etag)) return sendEmpty(response, 304, headers)
  if (request.method === 'HEAD') return sendEmpty(response, 200, { ...headers, 'Content-Length': facts.size })
  if (facts.size > sentAtOnce) {
    const file = await unlessMissing(open(store.layout.blob(stored), 'r'))
    if (file === null) throw unknown()
    try {
      return await sendFile(response, { file, size: facts.size, contentType: facts.mediaType }, 'all', headers)
    } finally {
      await file.close()
    }
  }
  const bytes = await readManifest(store, stored)
  if (bytes === null) throw unknown()
  sendWhole(response, headers, bytes)
}

/** Bytes that a client which does not read may keep in memory; nearly all manifests are smaller. */
const sentAtOnce = 256 * 1024

export async function putManifest(store: Store, exchange: Exchange): Promise<void> {
  const named = exchange.reference.includes(':') ? requireDigest(exchange.reference) : null
  await manifestBuffer.hold(exchange.request, manifestLimit, bytes =>
    exchange.runExpensive(() => takeManifest(store, exchange, named, bytes)),
  )
}

async function takeManifest(store: Store, exchange: Exchange, named: Digest | null, bytes: Buffer): Promise<void> {
  const { request, response, repository, reference } = exchange
  await turnToParse(bytes)
  const checked = checkManifest(bytes, request.headers['content-type'] ?? null)
  const digest = digestOfBytes(named?.algorithm ?? canonicalAlgorithm, bytes)
  if (named !== null && named.text !== digest.text) {
    throw new RequestError('digest-wrong', { detail: { digest: named.text, content: digest.text } })
  }
  const tag = named === null ? reference : null
  const before = tag === null ? null : await readTag(store, repository, tag)
  const judge = (named: Digest | null) => exchange.rules.judgePush(tag, named?.text ?? null, digest.text)
  judge(before)
  await requireReferences(store, repository, checked)
  const stored = await storeManifest(store, repository, bytes, digest)
  store.facts.set(stored.text, checked.facts)
  if (tag !== null) {
    const replaced = await writeTag(store, repository, tag, digest, before, judge)
    if (replaced !== null && replaced.text !== digest.text) exchange.replaced = replaced.text
    // A concurrent delete of the same digest may have looked through the tags before this one was there.
    await storeManifest(store, repository, bytes, digest)
  }
  const { subject } = checked.facts
  sendEmpty(response, 201, {
    Location: `/v2/${repository}/manifests/${digest.text}`,
    'Docker-Content-Digest': digest.text,
    ...(subject === null ? {} : { 'OCI-Subject': subject }),
  })
}

/** By digest the manifest and every tag that points to it; by tag only the tag. */
export async function deleteManifest(store: Store, exchange: Exchange): Promise<void> {
  const { response, repository, reference, rules } = exchange
  const unknown = new RequestError('manifest-unknown', { detail: { name: repository, reference } })
  if (!reference.includes(':')) {
    rules.judgeRemoval(reference)
    if (!(await removeTag(store, repository, reference))) throw unknown
    return sendEmpty(response, 202, {})
  }
  const { digest, stored } = await findManifest(store, repository, reference)
  const named = await tagsNaming(store, repository, [digest.text, stored.text], () => !response.destroyed)
  if (response.destroyed) return
  const sliceEnds = countEntries()
  for (const tag of named) {
    if (sliceEnds()) await nextTurn()
    rules.judgeRemoval(tag)
  }
  for (const tag of named) await removeTag(store, repository, tag)
  if (!(await removeLinks(revisionLinks(store, repository), digest))) throw unknown
  sendEmpty(response, 202, {})
}

/** Links that are read at the same time for one request. (decision G3) */
const concurrency = 16

/** Sorted. Incomplete where the client has left meanwhile. */
async function tagsNaming(
  store: Store,
  repository: string,
  digests: readonly string[],
  isWanted: () => boolean,
): Promise<readonly string[]> {
  const named: string[] = []
  await everyLimit((await tagsOf(store, repository)) ?? [], concurrency, async tag => {
    const target = await readTag(store, repository, tag)
    if (target !== null && digests.includes(target.text)) named.push(tag)
    return isWanted()
  })
  return named.sort()
}

/**
 * Everything it refers to has to be here already, as in distribution; the subject need not (OCI distribution-spec 1.1).
 * What an index lists may also be a blob: caches of builders are made so. Nothing is looked for behind the first one that is missing.
 */
async function requireReferences(store: Store, repository: string, checked: CheckedManifest): Promise<void> {
  const { layout } = store
  const layers = (digest: Digest) => layout.layerLink(repository, digest)
  const revisions = revisionLinks(store, repository)
  const isOwned = async (links: LinkPath, digest: Digest) => (await sizeOfLinked(layout, links, digest)) !== null
  const blobs = referencesOf(checked.blobs).map(digest => ({ digest, places: [layers] }))
  const manifests = referencesOf(checked.manifests).map(digest => ({ digest, places: [revisions, layers] }))
  const missing: string[] = []
  await everyLimit([...blobs, ...manifests], concurrency, async ({ digest, places }) => {
    for (const links of places) if (await isOwned(links, digest)) return true
    missing.push(digest.text)
    return false
  })
  if (missing.length === 0) return
  throw new RequestError('manifest-blob-unknown', { detail: missing.map(digest => ({ digest })) })
}

/** Each one once. @throws RequestError manifest-invalid */
function referencesOf(digests: readonly string[]): readonly Digest[] {
  return [...new Set(digests)].map(text => {
    const digest = readDigest(text)
    if (digest === null) throw new RequestError('manifest-invalid', { message: `${text} is no digest known here` })
    return digest
  })
}
