/** Blob uploads: start, append, finish, status, cancel (OCI distribution-spec 1.1, "Pushing blobs"). */
import { createHash } from 'node:crypto'
import type { OutgoingHttpHeaders } from 'node:http'
import { RequestError } from '../errors/request-error.js'
import { isRepositoryName } from '../registry-api/names.js'
import { chunkRange, lengthOf } from './byte-ranges.js'
import { commitUpload } from './commit-upload.js'
import { canonicalAlgorithm, type Digest, readDigest, requireDigest } from './digest.js'
import { type Exchange, sendEmpty } from './exchange.js'
import { followLink, sizeOfLinked, writeLinks } from './links.js'
import { purgeAbandonedUploads } from './purge-uploads.js'
import { bodyBrokeOff, receiveBody } from './receive-body.js'
import type { Store } from './store.js'
import {
  createUpload,
  discardUpload,
  hashFile,
  openUpload,
  recallHash,
  rememberHash,
  type UploadSession,
  uploadedBytes,
  uploadFolder,
} from './upload-session.js'

/** POST: a mount, a whole blob with `?digest=`, or an empty upload. */
export async function startUpload(store: Store, exchange: Exchange): Promise<void> {
  const { response, repository, query } = exchange
  if (await mount(store, exchange)) return
  await purgeAbandonedUploads(store, repository)
  const digest = query.has('digest') ? requireDigest(query.get('digest')) : null
  const id = await createUpload(store, repository)
  if (digest === null) return sendEmpty(response, 202, progress(repository, id, 0))
  const session = await openUpload(store, repository, id)
  try {
    await receiveWhole(store, exchange, session, digest)
  } catch (error) {
    // The client never learnt its id, so nobody could go on with it.
    await discardUpload(store, session.folder)
    throw error
  } finally {
    await session.close()
  }
  sendEmpty(response, 201, created(repository, digest))
}

/** A mount that cannot be done becomes a normal upload, whatever the reason (OCI distribution-spec 1.1, end-11). */
async function mount(store: Store, { response, repository, query }: Exchange): Promise<boolean> {
  const digest = readDigest(query.get('mount') ?? '')
  const from = query.get('from') ?? ''
  if (digest === null || !isRepositoryName(from)) return false
  const source = (named: Digest) => store.layout.layerLink(from, named)
  const canonical = await followLink(source, digest)
  if (canonical === null || (await sizeOfLinked(store.layout, source, digest)) === null) return false
  await writeLinks(store.layout, named => store.layout.layerLink(repository, named), canonical, digest)
  sendEmpty(response, 201, created(repository, digest))
  return true
}

/** PATCH: appends. A body that breaks off leaves what arrived, and the status tells how much that is. */
export async function patchUpload(store: Store, exchange: Exchange): Promise<void> {
  const { response, repository, reference } = exchange
  const end = await withUpload(store, exchange, async session => {
    const hash = await recallHash(store, session)
    return receiveChunk(exchange, session, hash === null ? [] : [hash], async () => {
      if (hash !== null) await rememberHash(store, session, hash)
    })
  })
  sendEmpty(response, 202, progress(repository, reference, end))
}

/** PUT: takes a last chunk if there is one, checks the digest, and makes the upload a blob of the repository. */
export async function finishUpload(store: Store, exchange: Exchange): Promise<void> {
  const digest = requireDigest(exchange.query.get('digest'))
  await withUpload(store, exchange, session => receiveWhole(store, exchange, session, digest))
  sendEmpty(exchange.response, 201, created(exchange.repository, digest))
}

export async function uploadStatus(store: Store, { response, repository, reference }: Exchange): Promise<void> {
  const folder = await uploadFolder(store, repository, reference)
  sendEmpty(response, 204, progress(repository, reference, await uploadedBytes(folder)))
}

export async function cancelUpload(store: Store, { response, repository, reference }: Exchange): Promise<void> {
  await discardUpload(store, await uploadFolder(store, repository, reference))
  sendEmpty(response, 204, { 'Docker-Upload-UUID': reference })
}

/** Answer only behind this: by then the lock is given back, and the client's next request finds it free. */
async function withUpload<T>(
  store: Store,
  { repository, reference }: Exchange,
  work: (session: UploadSession) => Promise<T>,
): Promise<T> {
  const session = await openUpload(store, repository, reference)
  try {
    return await work(session)
  } catch (error) {
    // The disk is full or broken: the space is given back, and what was written can no longer be trusted.
    if (!(error instanceof RequestError)) await discardUpload(store, session.folder)
    throw error
  } finally {
    await session.close()
  }
}

async function receiveWhole(store: Store, exchange: Exchange, session: UploadSession, digest: Digest): Promise<void> {
  const algorithms = [...new Set([canonicalAlgorithm, digest.algorithm])]
  const canonical = await recallHash(store, session)
  let hashes = new Map(canonical === null ? [] : [[canonicalAlgorithm, canonical]])
  if (session.size === 0) for (const name of algorithms) hashes.set(name, hashes.get(name) ?? createHash(name))
  await receiveChunk(exchange, session, [...hashes.values()], async () => {
    if (canonical !== null) await rememberHash(store, session, canonical)
  })
  if (!algorithms.every(name => hashes.has(name))) hashes = await hashFile(session.file, algorithms)
  await commitUpload(store, exchange.repository, session, digest, hashes)
}

/**
 * Appends the body of this request to the upload.
 * @param written called when the file holds all that the hashes have seen, also when the client then went away
 * @returns the offset behind the last byte
 */
async function receiveChunk(
  { request, repository }: Exchange,
  session: UploadSession,
  hashes: Parameters<typeof receiveBody>[1]['hashes'],
  written: () => Promise<void>,
): Promise<number> {
  const expected = expectedBytes(request.headers, session, repository)
  const { position, ended } = await receiveBody(request, {
    file: session.file,
    position: session.size,
    hashes,
    limit: expected ?? Number.POSITIVE_INFINITY,
  })
  if (
    ended === 'too-long' ||
    (ended === 'complete' && position - session.size !== (expected ?? position - session.size))
  ) {
    await session.file.truncate(session.size)
    throw new RequestError('size-invalid')
  }
  await written()
  if (ended === 'complete') return position
  throw new RequestError('size-invalid', { message: bodyBrokeOff })
}

/** How long the chunk is by its Content-Range; null without one. Its place is right behind what is there. */
function expectedBytes(
  headers: { readonly 'content-range'?: string | undefined; readonly 'content-length'?: string | undefined },
  { id, size }: UploadSession,
  repository: string,
): number | null {
  const header = headers['content-range']
  if (header === undefined) return null
  const range = chunkRange(header)
  if (range === null || range.start !== size) {
    throw new RequestError('range-invalid', {
      message: `the next chunk has to start at byte ${size}`,
      detail: { 'Content-Range': header },
      headers: { ...progress(repository, id, size) },
    })
  }
  const length = headers['content-length']
  if (length !== undefined && Number(length) !== lengthOf(range)) throw new RequestError('size-invalid')
  return lengthOf(range)
}

const created = (repository: string, digest: Digest): OutgoingHttpHeaders => ({
  Location: `/v2/${repository}/blobs/${digest.text}`,
  'Docker-Content-Digest': digest.text,
})

/** `0-0` stands for an empty upload as well as for one byte, as in distribution. */
const progress = (repository: string, id: string, size: number) => ({
  Location: `/v2/${repository}/blobs/uploads/${id}`,
  Range: `0-${Math.max(0, size - 1)}`,
  'Docker-Upload-UUID': id,
})
