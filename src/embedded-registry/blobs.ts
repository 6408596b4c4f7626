/** Blobs of a repository: HEAD, GET with ranges, DELETE (OCI distribution-spec 1.1, "Pulling blobs"). */
import { open } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { RequestError } from '../errors/request-error.js'
import { type ByteRange, requestedRanges } from './byte-ranges.js'
import { type Digest, requireDigest } from './digest.js'
import { unlessMissing } from './durable-file.js'
import { type Exchange, isUnmodified, sendEmpty } from './exchange.js'
import { followLink, removeLinks } from './links.js'
import { sendFile } from './send-file.js'
import type { Store } from './store.js'

const contentType = 'application/octet-stream'

export async function getBlob(store: Store, { request, response, repository, reference }: Exchange): Promise<void> {
  const digest = requireDigest(reference)
  const stored = await followLink(named => store.layout.layerLink(repository, named), digest)
  const file = stored === null ? null : await unlessMissing(open(store.layout.blob(stored), 'r'))
  if (file === null) throw new RequestError('blob-unknown', { detail: { digest: digest.text } })
  try {
    const { size } = await file.stat()
    const headers = headersOf(digest)
    if (isUnmodified(request, headers.ETag)) return sendEmpty(response, 304, headers)
    if (request.method === 'HEAD') {
      return sendEmpty(response, 200, { ...headers, 'Content-Type': contentType, 'Content-Length': size })
    }
    const ranges = rangesOf(request, size, headers.ETag)
    await sendFile(response, { file, size, contentType }, ranges, headers)
  } finally {
    await file.close()
  }
}

/** Unlinks it from this repository; the bytes stay until nobody refers to them. */
export async function deleteBlob(store: Store, { response, repository, reference }: Exchange): Promise<void> {
  const digest = requireDigest(reference)
  const removed = await removeLinks(named => store.layout.layerLink(repository, named), digest)
  if (!removed) throw new RequestError('blob-unknown', { detail: { digest: digest.text } })
  sendEmpty(response, 202, { 'Docker-Content-Digest': digest.text })
}

const headersOf = (digest: Digest) => ({
  'Docker-Content-Digest': digest.text,
  ETag: `"${digest.text}"`,
  'Accept-Ranges': 'bytes',
  // What a digest names never changes.
  'Cache-Control': 'max-age=31536000',
})

function rangesOf(request: IncomingMessage, size: number, etag: string): readonly ByteRange[] | 'all' {
  const condition = request.headers['if-range']
  const ranges = condition !== undefined && condition !== etag ? 'all' : requestedRanges(request.headers.range, size)
  if (ranges !== 'unsatisfiable') return ranges
  throw new RequestError('range-invalid', { headers: { 'Content-Range': `bytes */${size}` } })
}
