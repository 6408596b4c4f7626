/** Which manifests name another one as their subject (OCI distribution-spec 1.1, "Listing Referrers"). */
import { readdir } from 'node:fs/promises'
import { countEntries, nextTurn } from '../concurrency/slices.js'
import { manifestLimit } from '../registry-api/manifest-buffer.js'
import { canonicalAlgorithm, type Digest, readDigest, requireDigest } from './digest.js'
import { unlessMissing } from './durable-file.js'
import { type Exchange, sendWhole } from './exchange.js'
import { followLink } from './links.js'
import { mediaTypes } from './manifest-facts.js'
import type { Store } from './store.js'
import { annotationsOfStored, factsOfStored, revisionLinks } from './stored-manifests.js'

/** Links are looked at so many at a time. */
const concurrency = 16

/**
 * GET referrers. The layout has no index for it, and one of our own would not know what registry:2 wrote: so the
 * repository's manifests are looked through. Each is read once and then known from memory, as it can never change.
 * What would be larger than a manifest may be comes in pages, with a Link to the next one (OCI distribution-spec 1.1, end-12).
 */
export async function listReferrers(store: Store, { response, repository, reference, query }: Exchange): Promise<void> {
  const subject = requireDigest(reference).text
  const artifactType = query.get('artifactType')
  const last = query.get('last') ?? ''
  const isWanted = () => !response.destroyed
  const { referrers, more } = await pageOfReferrers(store, { repository, subject, artifactType, last }, isWanted)
  const next = new URLSearchParams({ last: referrers.at(-1)?.digest ?? '' })
  if (artifactType !== null) next.set('artifactType', artifactType)
  const index = JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociIndex })
  sendWhole(
    response,
    {
      'Content-Type': mediaTypes.ociIndex,
      ...(artifactType === null ? {} : { 'OCI-Filters-Applied': 'artifactType' }),
      ...(more ? { Link: `</v2/${repository}/referrers/${subject}?${next}>; rel="next"` } : {}),
    },
    `${withMember(index, 'manifests', `[${referrers.map(({ json }) => json).join()}]`)}\n`,
  )
}

interface Question {
  readonly repository: string
  readonly subject: string
  /** null: of every type. */
  readonly artifactType: string | null
  readonly last: string
}

interface Referrer {
  readonly digest: string
  /** Of its descriptor. */
  readonly json: string
}

/** Adds a member to a JSON object that has some. */
const withMember = (object: string, key: string, json: string) => `${object.slice(0, -1)},"${key}":${json}}`

/**
 * Sorted by digest; those behind `last`, and whether there are more of them.
 * @param isWanted whether the client is still there: where not, what is found is of no use
 */
async function pageOfReferrers(
  store: Store,
  question: Question,
  isWanted: () => boolean,
): Promise<{ readonly referrers: readonly Referrer[]; readonly more: boolean }> {
  const referrers: Referrer[] = []
  let bytes = 0
  for await (const batch of candidates(store, question)) {
    if (!isWanted()) break
    for (const referrer of await Promise.all(batch.map(digest => readReferrer(store, question, digest)))) {
      if (referrer === null) continue
      bytes += referrer.json.length
      if (bytes > manifestLimit && referrers.length > 0) return { referrers, more: true }
      referrers.push(referrer)
    }
  }
  return { referrers, more: false }
}

/** All manifests of the repository but those that are known to refer to something else; the event loop turns meanwhile. */
async function* candidates(store: Store, { repository, subject, last }: Question): AsyncGenerator<readonly Digest[]> {
  const names = (await unlessMissing(readdir(store.layout.revisions(repository, canonicalAlgorithm)))) ?? []
  const sliceEnds = countEntries()
  let batch: Digest[] = []
  for (const name of names.sort()) {
    if (sliceEnds()) await nextTurn()
    const digest = readDigest(`${canonicalAlgorithm}:${name}`)
    if (digest === null || digest.text <= last) continue
    const known = store.facts.peek(digest.text)
    if (known !== undefined && known.subject !== subject) continue
    batch.push(digest)
    if (batch.length < concurrency) continue
    yield batch
    batch = []
  }
  yield batch
}

async function readReferrer(store: Store, question: Question, digest: Digest): Promise<Referrer | null> {
  const { repository, subject, artifactType } = question
  const stored = await followLink(revisionLinks(store, repository), digest)
  const facts = stored === null ? null : await factsOfStored(store, stored)
  if (stored === null || facts?.subject !== subject) return null
  if (artifactType !== null && facts.artifactType !== artifactType) return null
  const annotations = await annotationsOfStored(store, stored)
  const descriptor = JSON.stringify({
    mediaType: facts.mediaType,
    digest: digest.text,
    size: facts.size,
    ...(facts.artifactType === null ? {} : { artifactType: facts.artifactType }),
  })
  return {
    digest: digest.text,
    json: annotations === '' ? descriptor : withMember(descriptor, 'annotations', annotations),
  }
}
