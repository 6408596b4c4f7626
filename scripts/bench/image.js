// @ts-check
/** The image that is pushed and pulled, by the requests that docker makes; the large blob by curl. */
import { createHash } from 'node:crypto'
import { createReadStream, rmSync } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { askFor } from './ask.js'
import { run } from './started.js'

/** @typedef {import('./ask.js').Door} Door */
/** @typedef {import('./material.js').Files} Files */

const repository = 'bench/image'

const manifestType = 'application/vnd.docker.distribution.manifest.v2+json'

/** The small request: a manifest of some 500 bytes. */
export const smallRequest = { path: `/v2/${repository}/manifests/latest`, headers: { accept: manifestType } }

/**
 * Flags of curl for a door: quiet but for errors, nothing from the user's own .curlrc, the certificate trusted.
 * @param {Door} door
 * @param {Files} files
 */
const curlFlags = (door, files) => [
  ...['-q', '-sS', '--cacert', files.certificate],
  ...(door.credentials === undefined ? [] : ['-u', door.credentials]),
]

/**
 * Pulls the blob to a file, /dev/null while it is measured. Rejects unless all of its bytes came.
 * @param {string} curl
 * @param {Door} door
 * @param {Files} files
 * @param {string} [target]
 */
export const pullBlob = async (curl, door, files, target = '/dev/null') => {
  const url = `${door.url}/v2/${repository}/blobs/${files.blob.digest}`
  const words = [...curlFlags(door, files), '-o', target, '-w', '%{http_code} %{size_download}', url]
  const said = await run(curl, words, { cwd: files.folder })
  if (said !== `200 ${files.blob.bytes}`)
    throw new Error(`pull from ${door.url}: status and bytes were ${said}, not 200 ${files.blob.bytes}`)
}

/**
 * Pulls the blob and compares its digest: nobody is measured who delivers something else.
 * @param {string} curl
 * @param {Door} door
 * @param {Files} files
 */
export const checkPull = async (curl, door, files) => {
  const target = join(files.folder, 'pulled')
  await pullBlob(curl, door, files, target)
  const hash = createHash('sha256')
  await pipeline(createReadStream(target), hash)
  rmSync(target)
  const digest = `sha256:${hash.digest('hex')}`
  if (digest !== files.blob.digest) throw new Error(`pull from ${door.url}: ${digest} came, not ${files.blob.digest}`)
}

/**
 * Pushes the blob as docker does: POST, one PATCH of unknown length (chunked), PUT with the digest.
 * @param {string} curl
 * @param {Door} door
 * @param {Files} files
 */
export const pushBlob = async (curl, door, files) => {
  const opened = await askFor(door, { path: `/v2/${repository}/blobs/uploads/`, method: 'POST' }, 202)
  const upload = new URL(opened.headers.location ?? '', door.url)
  // Docker does not send Expect, and with it curl would wait for the interim answer.
  const headers = ['-H', 'Transfer-Encoding: chunked', '-H', 'Expect:', '-H', 'Content-Type: application/octet-stream']
  const answer = ['-o', '/dev/null', '-D', '-']
  const head = await run(
    curl,
    [...curlFlags(door, files), '-X', 'PATCH', '-T', files.blob.file, ...headers, ...answer, upload.href],
    { cwd: files.folder },
  )
  const location = /^location: *(.*?)\r?$/im.exec(head)?.[1]
  if (!/^HTTP\/\S+ 202 /m.test(head) || location === undefined)
    throw new Error(`push to ${door.url}: PATCH was not answered with 202 and a Location but with: ${head}`)
  const place = new URL(location, door.url)
  place.searchParams.set('digest', files.blob.digest)
  await askFor(door, { path: `${place.pathname}${place.search}`, method: 'PUT' }, 201)
}

/**
 * Puts the blob and an image of it behind a door.
 * @param {Door} door
 * @param {Files} files
 * @param {string} curl
 */
export const pushImage = async (door, files, curl) => {
  await pushBlob(curl, door, files)
  const configuration = Buffer.from('{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}')
  const digest = `sha256:${createHash('sha256').update(configuration).digest('hex')}`
  const opened = await askFor(door, { path: `/v2/${repository}/blobs/uploads/`, method: 'POST' }, 202)
  const place = new URL(opened.headers.location ?? '', door.url)
  place.searchParams.set('digest', digest)
  await askFor(door, { path: `${place.pathname}${place.search}`, method: 'PUT', body: configuration }, 201)
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: manifestType,
      config: { mediaType: 'application/vnd.docker.container.image.v1+json', size: configuration.length, digest },
      layers: [
        {
          mediaType: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
          size: files.blob.bytes,
          digest: files.blob.digest,
        },
      ],
    }),
  )
  const headers = { 'content-type': manifestType }
  await askFor(door, { path: smallRequest.path, method: 'PUT', headers, body: manifest }, 201)
}
