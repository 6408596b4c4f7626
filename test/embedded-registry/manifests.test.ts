/** Manifests: stored as they came, found by tag and digest, refused when they cannot be right. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readDigest } from '../../src/embedded-registry/digest.js'
import { createStore } from '../../src/embedded-registry/store.js'
import { readTag, writeTag } from '../../src/embedded-registry/tags.js'
import { RequestError } from '../../src/errors/request-error.js'
import { noRepositoryRules, noRules } from '../../src/registry-api/rules.js'
import {
  digestOf,
  imageManifest,
  ociIndexType,
  ociManifestType,
  pushBlob,
  pushImage,
  type ServedRegistry,
  serveRegistry,
} from './serve-registry.js'

let registry: ServedRegistry
beforeEach(async () => {
  registry = await serveRegistry()
})
afterEach(async () => {
  expect(registry.faults).toEqual([])
  await registry.close()
})

const dockerType = 'application/vnd.docker.distribution.manifest.v2+json'
const dockerListType = 'application/vnd.docker.distribution.manifest.list.v2+json'
const manifests = '/v2/team/app/manifests'
const put = (reference: string, body: string, type?: string) =>
  registry.call('PUT', `${manifests}/${reference}`, {
    body,
    headers: type === undefined ? {} : { 'Content-Type': type },
  })

describe('a pushed manifest', () => {
  test('lies where registry:2 looks for it', async () => {
    const { digest, text } = await pushImage(registry, 'team/app', '1.0')
    const hex = digest.slice(7)
    const read = (path: string) => readFile(join(registry.root, 'docker/registry/v2', path), 'utf8')
    expect(await read(`blobs/sha256/${hex.slice(0, 2)}/${hex}/data`)).toBe(text)
    const own = (await registry.files()).filter(file => file.includes('/_manifests/'))
    expect(own).toEqual([
      `repositories/team/app/_manifests/revisions/sha256/${hex}/link`,
      'repositories/team/app/_manifests/tags/1.0/current/link',
      `repositories/team/app/_manifests/tags/1.0/index/sha256/${hex}/link`,
    ])
    for (const link of own) expect(await read(link)).toBe(digest)
  })

  test.each([
    ['a small one', {}],
    ['one as large as it may be', { annotations: { long: 'x'.repeat(4 * 1024 * 1024 - 1024) } }],
  ])('is answered by tag and by digest, to GET and HEAD: %s', async (_, more) => {
    const { digest, text } = await pushImage(registry, 'team/app', '1.0', more)
    const headers = {
      'content-type': ociManifestType,
      'content-length': String(text.length),
      'docker-content-digest': digest,
      etag: `"${digest}"`,
    }
    for (const reference of ['1.0', digest]) {
      for (const method of ['GET', 'HEAD']) {
        const answer = await registry.call(method, `${manifests}/${reference}`)
        expect([answer.status, answer.text]).toEqual([200, method === 'GET' ? text : ''])
        expect(answer.headers).toMatchObject(headers)
      }
    }
    const known = await registry.call('GET', `${manifests}/1.0`, { headers: { 'If-None-Match': `"${digest}"` } })
    expect(known.status).toBe(304)
  })

  test('moves the tag, and the older one stays by digest', async () => {
    const first = await pushImage(registry, 'team/app', '1.0')
    const second = await pushImage(registry, 'team/app', '1.0', { annotations: { number: '2' } })
    expect((await registry.call('GET', `${manifests}/1.0`)).text).toBe(second.text)
    expect((await registry.call('GET', `${manifests}/${first.digest}`)).text).toBe(first.text)
  })

  test('may be named by a sha512 digest', async () => {
    const text = JSON.stringify(await imageManifest(registry, 'team/app'))
    const long = digestOf(text, 'sha512')
    const answer = await put(long, text, ociManifestType)
    expect([answer.status, answer.headers['docker-content-digest']]).toEqual([201, long])
    for (const name of [long, digestOf(text)]) {
      const got = await registry.call('GET', `${manifests}/${name}`)
      expect([got.text, got.headers['docker-content-digest']]).toEqual([text, name])
    }
    expect((await registry.call('DELETE', `${manifests}/${long}`)).status).toBe(202)
    expect((await registry.call('GET', `${manifests}/${digestOf(text)}`)).status).toBe(404)
  })
})

describe('the media type', () => {
  const config = (type: string) => ({ mediaType: type, digest: digestOf('{}'), size: 2 })
  const docker = 'application/vnd.docker.container.image.v1+json'
  const oci = 'application/vnd.oci.image.config.v1+json'
  const image = (type: string, mediaType?: string) => ({
    schemaVersion: 2,
    mediaType,
    config: config(type),
    layers: [],
  })
  const list = (mediaType?: string) => ({ schemaVersion: 2, mediaType, manifests: [] })
  test.each([
    ['OCI manifest', image(oci, ociManifestType), ociManifestType],
    ['OCI manifest without its type', image(oci), ociManifestType],
    ['OCI index', list(ociIndexType), ociIndexType],
    ['OCI index without its type', list(), ociIndexType],
    ['docker manifest', image(docker, dockerType), dockerType],
    ['docker manifest without its type', image(docker), dockerType],
    ['docker list', list(dockerListType), dockerListType],
    [
      'image without layers, as Go programs write it',
      { ...image(oci, ociManifestType), layers: null },
      ociManifestType,
    ],
  ])('of an %s is kept', async (_, document, type) => {
    await pushBlob(registry, 'team/app', '{}')
    const text = JSON.stringify(document)
    for (const sent of [type, `${type}; charset=utf-8`, undefined]) {
      expect((await put('1.0', text, sent)).status).toBe(201)
      // A new process has nothing in memory.
      const other = await serveRegistry({ root: registry.root })
      expect((await other.call('HEAD', `${manifests}/1.0`)).headers['content-type']).toBe(type)
      await other.close()
    }
  })

  test.each([
    ['application/json', image(oci, ociManifestType)],
    [ociIndexType, image(oci, ociManifestType)],
    [ociManifestType, list()],
    [ociIndexType, { ...list(), layers: [], config: config(oci) }],
    ['application/vnd.docker.distribution.manifest.v1+prettyjws', { schemaVersion: 1, fsLayers: [], signatures: [] }],
    ['application/x-unknown', image(oci, 'application/x-unknown')],
    [ociManifestType, { schemaVersion: 2, mediaType: ociManifestType }],
    [ociManifestType, { ...image(oci), layers: [{ digest: digestOf('{}'), size: -1 }] }],
    [ociManifestType, { ...image(oci), layers: [{ digest: 'sha256:../../x', size: 1 }] }],
  ])('%s does not fit %j -> 400', async (type, document) => {
    await pushBlob(registry, 'team/app', '{}')
    const answer = await put('1.0', JSON.stringify(document), type)
    expect([answer.status, JSON.parse(answer.text).errors[0].code]).toEqual([400, 'MANIFEST_INVALID'])
  })

  test.each(['', '{', '[]', 'null', '"x"', Buffer.from('7b22ff227d', 'hex').toString('latin1')])(
    'no manifest: %j -> 400',
    async text => {
      expect((await put('1.0', text, ociManifestType)).status).toBe(400)
      expect((await registry.files()).filter(file => file.includes('_manifests'))).toEqual([])
    },
  )
})

describe('what a manifest refers to', () => {
  const missing = digestOf('missing')
  const layer = { mediaType: 'application/vnd.oci.image.layer.v1.tar', digest: missing, size: 7 }
  test.each([
    ['layer', { layers: [layer] }, 400],
    ['config', { config: layer }, 400],
    [
      'layer that lies elsewhere',
      {
        layers: [
          {
            ...layer,
            mediaType: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
            urls: ['https://example.com/x'],
          },
        ],
      },
      201,
    ],
    [
      'foreign layer without a place',
      { layers: [{ ...layer, mediaType: 'application/vnd.oci.image.layer.nondistributable.v1.tar' }] },
      400,
    ],
    ['subject', { subject: { ...layer, mediaType: ociManifestType } }, 201],
  ])('a missing %s', async (_, more, status) => {
    const answer = await put('1.0', JSON.stringify(await imageManifest(registry, 'team/app', more)), ociManifestType)
    expect(answer.status).toBe(status)
    if (status === 201) return
    expect(JSON.parse(answer.text).errors).toEqual([
      expect.objectContaining({ code: 'MANIFEST_BLOB_UNKNOWN', detail: [{ digest: missing }] }),
    ])
  })

  test('a blob of another repository is missing', async () => {
    const manifest = JSON.stringify(await imageManifest(registry, 'team/other'))
    expect((await put('1.0', manifest, ociManifestType)).status).toBe(400)
  })

  test('an index may list manifests and, as caches of builders do, blobs', async () => {
    const { digest, text } = await pushImage(registry, 'team/app', null)
    const blob = await pushBlob(registry, 'team/app', 'cache')
    const index = (digests: string[]) =>
      JSON.stringify({
        schemaVersion: 2,
        mediaType: ociIndexType,
        manifests: digests.map(d => ({ digest: d, size: text.length })),
      })
    expect((await put('all', index([digest, blob]), ociIndexType)).status).toBe(201)
    expect((await put('all', index([digest, missing]), ociIndexType)).status).toBe(400)
  })
})

describe('DELETE', () => {
  test('by digest takes every tag that points to it', async () => {
    const { digest } = await pushImage(registry, 'team/app', '1.0')
    await pushImage(registry, 'team/app', 'latest')
    const other = await pushImage(registry, 'team/app', 'other', { annotations: { other: 'yes' } })
    expect((await registry.call('DELETE', `${manifests}/${digest}`)).status).toBe(202)
    for (const reference of ['1.0', 'latest', digest]) {
      for (const method of ['GET', 'DELETE']) {
        const answer = await registry.call(method, `${manifests}/${reference}`)
        expect([answer.status, JSON.parse(answer.text).errors[0].code]).toEqual([404, 'MANIFEST_UNKNOWN'])
      }
    }
    expect(JSON.parse((await registry.call('GET', '/v2/team/app/tags/list')).text).tags).toEqual(['other'])
    expect((await registry.call('GET', `${manifests}/${other.digest}`)).status).toBe(200)
    await pushImage(registry, 'team/app', '1.0')
    expect((await registry.call('GET', `${manifests}/1.0`)).status).toBe(200)
  })

  test('by tag leaves the manifest', async () => {
    const { digest } = await pushImage(registry, 'team/app', '1.0')
    expect((await registry.call('DELETE', `${manifests}/1.0`)).status).toBe(202)
    expect((await registry.call('GET', `${manifests}/1.0`)).status).toBe(404)
    expect((await registry.call('GET', `${manifests}/${digest}`)).status).toBe(200)
    expect(JSON.parse((await registry.call('GET', '/v2/team/app/tags/list')).text).tags).toEqual([])
  })
})

test('a digest that is not the one of the bytes is refused', async () => {
  const text = JSON.stringify(await imageManifest(registry, 'team/app'))
  const answer = await put(digestOf('x'), text, ociManifestType)
  expect([answer.status, JSON.parse(answer.text).errors[0].code]).toEqual([400, 'DIGEST_INVALID'])
})

test.each([false, true])('more than 4 MiB are refused (chunked: %j)', async chunked => {
  const manifest = await imageManifest(registry, 'team/app')
  const exact = JSON.stringify(manifest).padEnd(4 * 1024 * 1024)
  for (const [body, status] of [
    [exact, 201],
    [`${exact} `, 413],
  ] as const) {
    const answer = await registry.call('PUT', `${manifests}/1.0`, { body, chunked })
    expect(answer.status).toBe(status)
  }
})

test('the same manifest again never moves a tag back that was moved meanwhile', async () => {
  const store = createStore(
    registry.root,
    () => new Date(),
    () => 'id',
  )
  const digestOfText = (text: string) => {
    const digest = readDigest(digestOf(Buffer.from(text)))
    if (digest === null) throw new Error('no digest')
    return digest
  }
  const [old, moved] = [digestOfText('old'), digestOfText('moved')]
  const never = () => {
    throw new Error('judged again')
  }
  await writeTag(store, 'team/app', 'v1', old, null, never)
  await writeTag(store, 'team/app', 'v1', moved, old, never)
  // Judged while the tag named the old digest, which needs no right to overwrite.
  await writeTag(store, 'team/app', 'v1', old, old, never)
  expect((await readTag(store, 'team/app', 'v1'))?.text).toBe(moved.text)
})

describe('a new tag that several push at the same moment', () => {
  const judgePush = (_tag: string | null, before: string | null, digest: string) => {
    if (before !== null && before !== digest) throw new RequestError('tag-immutable')
  }
  const rules = { ...noRules, in: () => ({ ...noRepositoryRules, judgePush }) }

  test('goes to one of them where nobody may move it', async () => {
    const [one, other] = await Promise.all([
      serveRegistry({ root: registry.root, rules }),
      serveRegistry({ root: registry.root, rules }),
    ])
    const image = await imageManifest(registry, 'team/app')
    const bodies = Array.from({ length: 6 }, (_, index) =>
      JSON.stringify({ ...image, annotations: { index: String(index) } }),
    )
    for (let round = 0; round < 10; round++) {
      const pushes = bodies.map((body, index) =>
        (index % 2 === 0 ? one : other).call('PUT', `${manifests}/v${round}`, {
          body,
          headers: { 'Content-Type': ociManifestType },
        }),
      )
      const statuses = (await Promise.all(pushes)).map(({ status }) => status)
      expect(statuses.toSorted()).toEqual([201, 403, 403, 403, 403, 403])
      const { text } = await registry.call('GET', `${manifests}/v${round}`)
      expect(text).toBe(bodies[statuses.indexOf(201)])
    }
    await Promise.all([one.close(), other.close()])
  })
})
