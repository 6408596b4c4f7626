/** Manifests that cost their sender little and the gate much: what is done for each is bounded, and the answer says what is wrong. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { digestOf, ociIndexType, ociManifestType } from '../embedded-registry/serve-registry.js'
import { authorization, type Gate, startGate } from './parts/gate.js'
import { send } from './parts/load.js'

const data = mkdtempSync(join(tmpdir(), 'portcullis-manifests-'))
let gate: Gate
beforeAll(async () => {
  gate = await startGate('embedded', { flags: ['--data', data] })
  expect((await ask('POST', `/v2/team/app/blobs/uploads/?digest=${config.digest}`, '{}')).status).toBe(201)
})
afterAll(async () => {
  await gate?.stop()
  rmSync(data, { recursive: true, force: true })
})

const config = { mediaType: 'application/vnd.oci.image.config.v1+json', digest: digestOf('{}'), size: 2 }
const image = { schemaVersion: 2, mediaType: ociManifestType, config, layers: [] as readonly unknown[] }
const layer = (digest: string) => ({ mediaType: 'application/vnd.oci.image.layer.v1.tar', digest, size: 1 })
const numbered = (index: number) => `sha256:${index.toString(16).padStart(64, '0')}`
const many = <T>(length: number, item: (index: number) => T) => Array.from({ length }, (_, index) => item(index))

function ask(method: string, path: string, body: string, contentType = 'application/octet-stream') {
  return send({ port: gate.port, authorization, contentType }, method, path, Buffer.from(body))
}

async function put(manifest: string, type = ociManifestType) {
  const { status, body } = await ask('PUT', '/v2/team/app/manifests/1.0', manifest, type)
  return { status, ...(status === 201 ? {} : JSON.parse(body.toString()).errors[0]) }
}

describe('the manifests and blobs that a manifest refers to', () => {
  it.each([
    ['layers', 25_000, (digests: string[]) => JSON.stringify({ ...image, layers: digests.map(layer) })],
    [
      'manifests',
      25_000,
      (digests: string[]) =>
        JSON.stringify({ schemaVersion: 2, mediaType: ociIndexType, manifests: digests.map(layer) }),
    ],
  ])('400 at the first unknown ones of many %s', async (kind, length, manifestOf) => {
    const refused = await put(manifestOf(many(length, numbered)), kind === 'layers' ? ociManifestType : ociIndexType)
    expect(refused).toMatchObject({ status: 400, code: 'MANIFEST_BLOB_UNKNOWN' })
    // Those that were being looked for when the first one was missing, and none behind them.
    expect(refused.detail.length).toBeLessThanOrEqual(16)
    for (const { digest } of refused.detail) expect(many(16, numbered)).toContain(digest)
  })

  it('201 for the same layer 20,000 times', async () => {
    const layers = many(20_000, () => layer(config.digest))
    expect(await put(JSON.stringify({ ...image, layers }))).toEqual({ status: 201 })
  })

  it('400 for a digest that is none behind many unknown ones', async () => {
    const layers = [...many(20_000, numbered), 'sha256:short'].map(layer)
    expect(await put(JSON.stringify({ ...image, layers }))).toMatchObject({
      status: 400,
      code: 'MANIFEST_INVALID',
      message: expect.stringContaining('digest'),
    })
  })
})

describe('a manifest of more than 150,000 values is refused before it is parsed', () => {
  const with_ = (text: string) => JSON.stringify({ ...image, annotations: { x: 'X' } }).replace('{"x":"X"}', () => text)
  const other = (text: string) => JSON.stringify({ ...image, other: 'X' }).replace('"X"', () => text)
  it.each([
    ['200,000 annotations', with_(`{${many(200_000, index => `"${index}":""`).join()}}`)],
    ['2 million brackets in each other', other('['.repeat(2_000_000) + ']'.repeat(2_000_000))],
    ['a million empty objects', other(`[${many(1_000_000, () => '{}').join()}]`)],
  ])('400 for %s', async (_, manifest) => {
    expect(await put(manifest)).toMatchObject({
      status: 400,
      code: 'MANIFEST_INVALID',
      message: 'the manifest holds more than 150000 values',
    })
  })

  it.each([
    ['100,000 annotations', with_(`{${many(100_000, index => `"${index}":""`).join()}}`)],
    ['brackets, commas and quotes within a text', with_(JSON.stringify({ x: '[{,"\\'.repeat(400_000) }))],
  ])('201 for %s', async (_, manifest) => {
    expect(await put(manifest)).toEqual({ status: 201 })
    expect((await ask('GET', '/v2/team/app/manifests/1.0', '')).body.toString() === manifest).toBe(true)
  })
})

describe('400 for a media type longer than RFC 6838 allows', () => {
  const long = `application/${'x'.repeat(300)}`
  it.each([
    ['artifactType', { ...image, artifactType: long }],
    ['config.mediaType', { ...image, config: { ...config, mediaType: long } }],
    ['layers.1.mediaType', { ...image, layers: [config, { ...config, mediaType: long }] }],
  ])('%s', async (where, manifest) => {
    const { status, code, message } = await put(JSON.stringify(manifest))
    expect([status, code]).toEqual([400, 'MANIFEST_INVALID'])
    expect(message).toContain(`malformed at "${where}"`)
  })
})

describe('what a refusal quotes of a manifest is shortened, in the answer, its status line and the log', () => {
  const long = 'x'.repeat(3_000_000)
  it.each([
    ['a digest', { ...image, layers: [layer(long)] }],
    ['a media type', { ...image, mediaType: long }],
  ])('%s of 3 MB', async (_, manifest) => {
    const before = gate.log().length
    const { status, code, message } = await put(JSON.stringify(manifest))
    expect([status, code]).toEqual([400, 'MANIFEST_INVALID'])
    expect(message.length).toBeLessThanOrEqual(1_000)
    await expect.poll(() => gate.log().slice(before)).toContain('"error":"manifest-invalid"')
    expect(gate.log().length - before).toBeLessThan(10_000)
  })
})
