/** The same folder under the embedded registry and a real registry:2: each reads, and goes on with, what the other wrote. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type Answer,
  call,
  digestOf,
  ociIndexType,
  ociManifestType,
  type PushedManifest,
  pushBlob,
  pushImage,
  type ServedRegistry,
  serveRegistry,
  startUpload,
} from '../embedded-registry/serve-registry.js'
import { require as requireParts } from './parts/availability.js'

const run = promisify(execFile)

interface RealRegistry {
  readonly config: string
  readonly port: number
  readonly process: ChildProcess
}

async function startRealRegistry(root: string): Promise<RealRegistry> {
  const config = join(root, 'config.yml')
  await writeFile(
    config,
    `version: 0.1
log: { level: info, accesslog: { disabled: true } }
storage:
  filesystem: { rootdirectory: ${root} }
  delete: { enabled: true }
http: { addr: "127.0.0.1:0", secret: fixed, relativeurls: true }
`,
  )
  const child = spawn('docker-registry', ['serve', config], { stdio: ['ignore', 'ignore', 'pipe'] })
  for await (const line of createInterface({ input: child.stderr })) {
    const port = /listening on 127\.0\.0\.1:(\d+)/.exec(line)?.[1]
    if (port === undefined) continue
    child.stderr.resume()
    return { config, port: Number(port), process: child }
  }
  throw new Error('docker-registry did not start')
}

describe.runIf(requireParts('docker-registry'))('registry:2 and the embedded registry on one folder', () => {
  let root: string
  let ours: ServedRegistry
  let real: RealRegistry
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'portcullis-layout-'))
    ours = await serveRegistry({ root })
    real = await startRealRegistry(root)
  })
  afterAll(async () => {
    if (real !== undefined) {
      const ended = once(real.process, 'exit')
      real.process.kill()
      await ended
    }
    expect(ours.faults).toEqual([])
    await ours.close()
    await rm(root, { recursive: true })
  })

  const askReal = (method: string, path: string, options: Parameters<typeof call>[3] = {}) =>
    call(real.port, method, path, {
      ...options,
      headers: { Accept: `${ociManifestType}, ${ociIndexType}`, ...options.headers },
    })
  /** What both must agree on. */
  const seen = ({ status, headers, text }: Answer) => ({
    status,
    text,
    type: headers['content-type'],
    length: headers['content-length'],
    digest: headers['docker-content-digest'],
  })
  const bothAnswer = async (method: string, path: string) => {
    const [fromOurs, fromReal] = [seen(await ours.call(method, path)), seen(await askReal(method, path))]
    expect(fromOurs).toEqual(fromReal)
    return fromOurs
  }
  const layer = (text: string) => ({
    mediaType: 'application/vnd.oci.image.layer.v1.tar',
    digest: digestOf(text),
    size: text.length,
  })

  describe('what we write', () => {
    let image: PushedManifest
    const index = () =>
      JSON.stringify({
        schemaVersion: 2,
        mediaType: ociIndexType,
        manifests: [{ mediaType: ociManifestType, digest: image.digest, size: image.text.length }],
      })
    beforeAll(async () => {
      image = await pushImage(ours, 'team/ours', '1.0')
      await pushImage(ours, 'team/ours', '1.0', { annotations: { second: 'push' } })
      await pushImage(ours, 'team/ours', 'moved')
      const headers = { 'Content-Type': ociIndexType }
      await ours.call('PUT', '/v2/team/ours/manifests/all', { body: index(), headers })
      await startUpload(ours, 'team/ours')
    })

    test('it reads: manifests by tag and digest, indexes, blobs', async () => {
      for (const reference of ['1.0', 'moved', 'all', image.digest]) {
        for (const method of ['GET', 'HEAD']) {
          expect((await bothAnswer(method, `/v2/team/ours/manifests/${reference}`)).status).toBe(200)
        }
      }
      const blob = `/v2/team/ours/blobs/${digestOf('layer of team/ours')}`
      expect((await bothAnswer('GET', blob)).text).toBe('layer of team/ours')
      expect((await bothAnswer('HEAD', blob)).length).toBe('18')
    })

    test('it lists', async () => {
      expect(JSON.parse((await askReal('GET', '/v2/_catalog')).text).repositories).toContain('team/ours')
      const tags: unknown = JSON.parse((await askReal('GET', '/v2/team/ours/tags/list')).text)
      expect(tags).toEqual({ name: 'team/ours', tags: expect.arrayContaining(['1.0', 'all', 'moved']) })
    })

    test('it follows our sha512 alias', async () => {
      const digest = digestOf('long', 'sha512')
      await ours.call('POST', `/v2/team/ours/blobs/uploads/?digest=${digest}`, { body: 'long' })
      expect((await askReal('GET', `/v2/team/ours/blobs/${digest}`)).text).toBe('long')
    })

    test('it deletes, and we see it', async () => {
      await pushImage(ours, 'team/deleted', 'gone')
      const digest = (await ours.call('HEAD', '/v2/team/deleted/manifests/gone')).headers['docker-content-digest']
      expect((await askReal('DELETE', `/v2/team/deleted/manifests/${digest}`)).status).toBe(202)
      expect((await ours.call('GET', '/v2/team/deleted/manifests/gone')).status).toBe(404)
      expect(JSON.parse((await ours.call('GET', '/v2/team/deleted/tags/list')).text).tags).toEqual([])
    })

    test('it does not see what we delete', async () => {
      const { digest } = await pushImage(ours, 'team/removed', 'gone')
      expect((await ours.call('DELETE', `/v2/team/removed/manifests/${digest}`)).status).toBe(202)
      expect((await askReal('GET', `/v2/team/removed/manifests/${digest}`)).status).toBe(404)
      expect((await askReal('GET', '/v2/team/removed/manifests/gone')).status).toBe(404)
    })

    test('its garbage collection keeps what we refer to and takes the rest', async () => {
      const orphan = await pushBlob(ours, 'team/ours', 'nobody refers to this')
      await run('docker-registry', ['garbage-collect', real.config])
      expect((await ours.call('GET', `/v2/team/ours/blobs/${orphan}`)).status).toBe(404)
      for (const reference of ['1.0', 'moved', 'all', image.digest]) {
        expect((await ours.call('GET', `/v2/team/ours/manifests/${reference}`)).status).toBe(200)
      }
      const kept = await ours.call('GET', `/v2/team/ours/blobs/${digestOf('layer of team/ours')}`)
      expect(kept.text).toBe('layer of team/ours')
    })
  })

  describe('what it writes', () => {
    const pushToReal = async (repository: string, text: string) => {
      const started = await askReal('POST', `/v2/${repository}/blobs/uploads/`)
      const location = `${started.headers.location}&digest=${digestOf(text)}`
      expect((await askReal('PUT', location, { body: text })).status).toBe(201)
    }
    const manifest = (repository: string) =>
      JSON.stringify({
        schemaVersion: 2,
        mediaType: ociManifestType,
        config: { ...layer('{}'), mediaType: 'application/vnd.oci.image.config.v1+json' },
        layers: [layer(`layer of ${repository}`)],
      })
    beforeAll(async () => {
      for (const text of ['{}', 'layer of team/real']) await pushToReal('team/real', text)
      const headers = { 'Content-Type': ociManifestType }
      const put = { body: manifest('team/real'), headers }
      expect((await askReal('PUT', '/v2/team/real/manifests/1.0', put)).status).toBe(201)
    })

    test('we read, list and mount', async () => {
      for (const reference of ['1.0', digestOf(manifest('team/real'))]) {
        const answer = await bothAnswer('GET', `/v2/team/real/manifests/${reference}`)
        expect([answer.status, answer.text]).toEqual([200, manifest('team/real')])
      }
      const digest = digestOf('layer of team/real')
      expect((await bothAnswer('GET', `/v2/team/real/blobs/${digest}`)).status).toBe(200)
      expect(JSON.parse((await ours.call('GET', '/v2/team/real/tags/list')).text).tags).toEqual(['1.0'])
      expect(JSON.parse((await ours.call('GET', '/v2/_catalog')).text).repositories).toContain('team/real')
      const mount = `/v2/team/mounted/blobs/uploads/?mount=${digest}&from=team/real`
      expect((await ours.call('POST', mount)).status).toBe(201)
      expect((await askReal('GET', `/v2/team/mounted/blobs/${digest}`)).status).toBe(200)
    })

    test('an upload it began, we finish', async () => {
      const started = await askReal('POST', '/v2/team/real/blobs/uploads/')
      const patched = await askReal('PATCH', started.headers.location ?? '', { body: 'begun there, ' })
      expect(patched.status).toBe(202)
      const location = `/v2/team/real/blobs/uploads/${started.headers['docker-upload-uuid']}`
      expect((await ours.call('GET', location)).headers.range).toBe('0-12')
      const digest = digestOf('begun there, ended here')
      expect((await ours.call('PUT', `${location}?digest=${digest}`, { body: 'ended here' })).status).toBe(201)
      expect((await askReal('GET', `/v2/team/real/blobs/${digest}`)).text).toBe('begun there, ended here')
    })

    test.runIf(requireParts('skopeo'))('skopeo copies it from there to us and back, byte for byte', async () => {
      const config = JSON.stringify({
        architecture: 'amd64',
        os: 'linux',
        config: {},
        rootfs: { type: 'layers', diff_ids: [] },
      })
      const bytes = gzipSync('no real layer, but compressed')
      const body = JSON.stringify({
        schemaVersion: 2,
        mediaType: ociManifestType,
        config: { ...layer(config), mediaType: 'application/vnd.oci.image.config.v1+json' },
        layers: [{ mediaType: `${layer('').mediaType}+gzip`, digest: digestOf(bytes), size: bytes.length }],
      })
      await pushToReal('copy/source', config)
      // Straight into the folder that both serve.
      await pushBlob(ours, 'copy/source', bytes)
      const headers = { 'Content-Type': ociManifestType }
      expect((await askReal('PUT', '/v2/copy/source/manifests/1', { body, headers })).status).toBe(201)
      const copy = (from: string, to: string) =>
        run('skopeo', ['--insecure-policy', 'copy', '--src-tls-verify=false', '--dest-tls-verify=false', from, to])
      await copy(`docker://127.0.0.1:${real.port}/copy/source:1`, `docker://127.0.0.1:${ours.port}/copy/here:1`)
      await copy(`docker://127.0.0.1:${ours.port}/copy/here:1`, `docker://127.0.0.1:${real.port}/copy/back:1`)
      for (const repository of ['here', 'back']) {
        expect((await bothAnswer('GET', `/v2/copy/${repository}/manifests/1`)).text).toBe(body)
      }
    })
  })
})
