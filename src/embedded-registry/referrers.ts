/** Which manifests name another one as their subject (OCI distribution-spec 1.1, "Listing Referrers"). */
import { readdir } from 'node:fs/promises'
import { manifestLimit } from '../registry-api/held-manifests.js'
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
 * What would be larger than a manifest may be comes in pages, with a Link to the next one (OCI distribution-spec 1.1, end-12).
 */
export async function listReferrers(store: Store, { response, repository, reference, query }: Exchange): Promise<void> {
  const subject = requireDigest(reference)
  const artifactType = query.get('artifactType')
  const { manifests, more } = await pageOfReferrers(
    store,
    repository,
    subject.text,
    artifactType,
    query.get('last') ?? '',
  )
  const next = new URLSearchParams({ last: manifests.at(-1)?.digest ?? '' })
  if (artifactType !== null) next.set('artifactType', artifactType)
  sendJson(
    response,
    { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests },
    {
      'Content-Type': mediaTypes.ociIndex,
      ...(artifactType === null ? {} : { 'OCI-Filters-Applied': 'artifactType' }),
      ...(more ? { Link: `</v2/${repository}/referrers/${subject.text}?${next}>; rel="next"` } : {}),
    },
  )
}

interface Referrer {
  readonly digest: string
  readonly facts: ManifestFacts
}

const descriptorOf = ({ digest, facts }: Referrer) => ({
  mediaType: facts.mediaType,
  digest,
  size: facts.size,
  ...(facts.artifactType === null ? {} : { artifactType: facts.artifactType }),
  ...(facts.annotations === null ? {} : { annotations: facts.annotations }),
})

/** Sorted by digest; those behind `last`, and whether there are more of them. */
async function pageOfReferrers(
  store: Store,
  repository: string,
  subject: string,
  artifactType: string | null,
  last: string,
): Promise<{ readonly manifests: readonly ReturnType<typeof descriptorOf>[]; readonly more: boolean }> {
  const names = (await unlessMissing(readdir(store.layout.revisions(repository, canonicalAlgorithm)))) ?? []
  const digests = names.map(hex => `${canonicalAlgorithm}:${hex}`).filter(digest => digest > last)
  digests.sort()
  const manifests: ReturnType<typeof descriptorOf>[] = []
  let bytes = 0
  for (let from = 0; from < digests.length; from += concurrency) {
    const looked = digests.slice(from, from + concurrency).map(async digest => {
      const facts = await referrerFacts(store, repository, digest, subject)
      return facts === null ? null : { digest, facts }
    })
    for (const referrer of await Promise.all(looked)) {
      if (referrer === null || (artifactType !== null && referrer.facts.artifactType !== artifactType)) continue
      const descriptor = descriptorOf(referrer)
      bytes += JSON.stringify(descriptor).length
      if (bytes > manifestLimit && manifests.length > 0) return { manifests, more: true }
      manifests.push(descriptor)
    }
  }
  return { manifests, more: false }
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
