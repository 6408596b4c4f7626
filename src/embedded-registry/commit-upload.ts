/** The moment an upload becomes a blob: digest compared, file synced, renamed, linked into its repository. */
import type { Hash } from 'node:crypto'
import { RequestError } from '../errors/request-error.js'
import { canonicalAlgorithm, type Digest, type DigestAlgorithm, digestOf } from './digest.js'
import { isMissing, moveIntoPlace } from './durable-file.js'
import { writeLinks } from './links.js'
import type { Store } from './store.js'
import { discardUpload, type UploadSession } from './upload-session.js'

/**
 * @param hashes over the whole file, one of the canonical algorithm and one of the digest's
 * @throws RequestError digest-wrong, and the upload is gone; upload-unknown when it was cancelled meanwhile
 */
export async function commitUpload(
  store: Store,
  repository: string,
  session: UploadSession,
  digest: Digest,
  hashes: ReadonlyMap<DigestAlgorithm, Hash>,
): Promise<void> {
  const actual = digestIn(hashes, digest.algorithm)
  if (actual.text !== digest.text) {
    await discardUpload(store, session.folder)
    throw new RequestError('digest-wrong', { detail: { digest: digest.text, content: actual.text } })
  }
  const canonical = digestIn(hashes, canonicalAlgorithm)
  await session.file.sync()
  try {
    await moveIntoPlace(session.dataPath, store.layout.blob(canonical))
  } catch (error) {
    throw isMissing(error) ? new RequestError('upload-unknown') : error
  }
  await writeLinks(store.layout, named => store.layout.layerLink(repository, named), canonical, digest)
  await discardUpload(store, session.folder)
}

function digestIn(hashes: ReadonlyMap<DigestAlgorithm, Hash>, algorithm: DigestAlgorithm): Digest {
  const hash = hashes.get(algorithm)
  if (hash === undefined) throw new Error(`the upload was not hashed with ${algorithm}`)
  return digestOf(algorithm, hash)
}
