/** Manifests on disk: found by tag or digest, read, stored. Their bytes are at most 4 MiB and may be held in memory. */
import { readFile, stat } from 'node:fs/promises'
import { RequestError } from '../errors/request-error.js'
import { manifestLimit } from '../registry-api/manifest-buffer.js'
import { canonicalAlgorithm, type Digest, digestOfBytes, requireDigest } from './digest.js'
import { replaceFile, unlessMissing } from './durable-file.js'
import { followLink, type LinkPath, writeLinks } from './links.js'
import { describeManifest, type ManifestFacts } from './manifest-facts.js'
import { turnToParse } from './manifest-json.js'
import type { Store } from './store.js'
import { readTag } from './tags.js'

export interface FoundManifest {
  /** The digest the client asked for, or the one its tag points to. */
  readonly digest: Digest
  /** The digest it is stored under. */
  readonly stored: Digest
}

export const revisionLinks =
  (store: Store, repository: string): LinkPath =>
  digest =>
    store.layout.revisionLink(repository, digest)

/**
 * @param reference tag or digest
 * @throws RequestError manifest-unknown, digest-invalid
 */
export async function findManifest(store: Store, repository: string, reference: string): Promise<FoundManifest> {
  const digest = reference.includes(':') ? requireDigest(reference) : await readTag(store, repository, reference)
  const stored = digest === null ? null : await followLink(revisionLinks(store, repository), digest)
  if (digest !== null && stored !== null) return { digest, stored }
  throw new RequestError('manifest-unknown', { detail: { name: repository, reference } })
}

/** null when its bytes are not there. */
export async function readManifest(store: Store, stored: Digest): Promise<Buffer | null> {
  const path = store.layout.blob(stored)
  const size = (await unlessMissing(stat(path)))?.size
  if (size === undefined) return null
  if (size > manifestLimit) throw new Error(`${path} has ${size} bytes, which is too much for a manifest`)
  return await unlessMissing(readFile(path))
}

/** What the manifest says about itself, from memory where it was read before; null when its bytes are not there. */
export async function factsOfStored(store: Store, stored: Digest): Promise<ManifestFacts | null> {
  const known = store.facts.get(stored.text)
  if (known !== undefined) {
    return (await unlessMissing(stat(store.layout.blob(stored)))) === null ? null : known
  }
  const bytes = await readManifest(store, stored)
  if (bytes === null) return null
  await turnToParse(bytes)
  // Others may have asked for the same one meanwhile: it is parsed once.
  return store.facts.get(stored.text) ?? describe(store, stored, bytes).facts
}

/**
 * JSON of the annotations of a manifest that has a subject; '' for none, and when its bytes are not there.
 * (decision G5)
 */
export async function annotationsOfStored(store: Store, stored: Digest): Promise<string> {
  const known = store.annotations.get(stored.text)
  if (known !== undefined) return known
  const bytes = await readManifest(store, stored)
  if (bytes === null) return ''
  await turnToParse(bytes)
  return describe(store, stored, bytes).annotations
}

function describe(store: Store, stored: Digest, bytes: Buffer) {
  const { facts, annotations: read } = describeManifest(bytes)
  store.facts.set(stored.text, facts)
  const annotations = facts.subject === null || read === null ? '' : JSON.stringify(read)
  if (facts.subject !== null) store.annotations.set(stored.text, annotations)
  return { facts, annotations }
}

/**
 * Stores the bytes and links them into the repository, under their canonical digest and the one the client named.
 * @returns the canonical digest
 */
export async function storeManifest(store: Store, repository: string, bytes: Buffer, named: Digest): Promise<Digest> {
  const canonical = digestOfBytes(canonicalAlgorithm, bytes)
  const path = store.layout.blob(canonical)
  const present = (await unlessMissing(stat(path)))?.size === bytes.length
  if (!present) await replaceFile(store.layout.temporary, path, bytes)
  await writeLinks(store.layout, revisionLinks(store, repository), canonical, named)
  return canonical
}
