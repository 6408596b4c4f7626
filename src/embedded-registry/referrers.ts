/** Which manifests name another one as their subject (OCI distribution-spec 1.1, "Listing Referrers"). */
import { readdir } from 'node:fs/promises'
import { canonicalAlgorithm, readDigest, requireDigest } from './digest.js'
import { unlessMissing } from './durable-file.js'
import { type Exchange, sendJson } from './exchange.js'
import { followLink } from './links.js'
import { type ManifestFacts, mediaTypes } from './manifest-facts.js'
import type { Store } from './store.js'
import { factsOfStored, revisionLinks } from './stored-manifests.js'

/** Links are looked at so many at a time. */
const concurrency = 16

/**
 * GET referrers. The layout has no index for it, and one of our own would not know what registry:2 wrote: so the
 * repository's manifests are looked through. Each is read once and then known from memory, as it can never change.
 */
export async function listReferrers(store: Store, { response, repository, reference, query }: Exchange): Promise<void> {
  const subject = requireDigest(reference)
  const filter = query.get('artifactType')
  const found = (await referrersOf(store, repository, subject.text)).filter(
    ({ facts }) => filter === null || facts.artifactType === filter,
  )
  const manifests = found.map(({ digest, facts }) => ({
    mediaType: facts.mediaType,
    digest,
    size: facts.size,
    ...(facts.artifactType === null ? {} : { artifactType: facts.artifactType }),
    ...(facts.annotations === null ? {} : { annotations: facts.annotations }),
  }))
  sendJson(
    response,
    { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests },
    { 'Content-Type': mediaTypes.ociIndex, ...(filter === null ? {} : { 'OCI-Filters-Applied': 'artifactType' }) },
  )
}

interface Referrer {
  readonly digest: string
  readonly facts: ManifestFacts
}

/** Sorted by digest. */
async function referrersOf(store: Store, repository: string, subject: string): Promise<readonly Referrer[]> {
  const names = (await unlessMissing(readdir(store.layout.revisions(repository, canonicalAlgorithm)))) ?? []
  const waiting = names.sort().values()
  const found: Referrer[] = []
  const work = async () => {
    for (const hex of waiting) {
      const facts = await referrerFacts(store, repository, `${canonicalAlgorithm}:${hex}`, subject)
      if (facts !== null) found.push({ digest: `${canonicalAlgorithm}:${hex}`, facts })
    }
  }
  await Promise.all(Array.from({ length: concurrency }, work))
  return found.sort((a, b) => (a.digest < b.digest ? -1 : 1))
}

async function referrerFacts(
  store: Store,
  repository: string,
  text: string,
  subject: string,
): Promise<ManifestFacts | null> {
  const digest = readDigest(text)
  if (digest === null) return null
  const known = store.facts.peek(text)
  if (known !== undefined && known.subject !== subject) return null
  const stored = await followLink(revisionLinks(store, repository), digest)
  const facts = stored === null ? null : await factsOfStored(store, stored)
  return facts?.subject === subject ? facts : null
}
