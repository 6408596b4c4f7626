/** The embedded registry on a disk that is full: a clear refusal, nothing half-written, and work goes on when there is space. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm, rmdir, statfs, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  digestOf,
  imageManifest,
  ociManifestType,
  pushBlob,
  type ServedRegistry,
  serveRegistry,
  startUpload,
} from '../embedded-registry/serve-registry.js'
import { require as requireParts } from './parts/availability.js'

const run = promisify(execFile)

describe.runIf(requireParts('root'))('on a disk of 4 MiB', () => {
  let root: string
  let registry: ServedRegistry
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'portcullis-full-'))
    await run('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', root])
    registry = await serveRegistry({ root })
  })
  afterEach(async () => {
    expect(registry.faults).toEqual([])
    await registry.close()
    await run('umount', [root])
    await rmdir(root)
  })

  const free = async () => {
    const { bavail, bsize } = await statfs(root)
    return bavail * bsize
  }
  const tooMuch = Buffer.alloc(6 * 1024 * 1024, 'x')
  const digest = digestOf(tooMuch)
  const ways: Readonly<Record<string, (location: string) => readonly [string, string]>> = {
    'POST of a whole blob': () => ['POST', `/v2/team/app/blobs/uploads/?digest=${digest}`],
    PUT: location => ['PUT', `${location}?digest=${digest}`],
    PATCH: location => ['PATCH', location],
  }

  test.each(Object.keys(ways))('%s -> 507, and the space is free again', async way => {
    await pushBlob(registry, 'team/app', 'was there before')
    const location = await startUpload(registry, 'team/app')
    const before = await free()
    const [method, path] = ways[way]?.(location) ?? ['', '']
    const answer = await registry.call(method, path, { body: tooMuch })
    expect([answer.status, JSON.parse(answer.text).errors[0]]).toEqual([
      507,
      { code: 'UNAVAILABLE', message: 'the registry has no space left', detail: null },
    ])
    await registry.settled()
    expect(await free()).toBeGreaterThanOrEqual(before - 8192)
    expect((await registry.files()).filter(file => file.includes(digest.slice(7)))).toEqual([])
    await pushBlob(registry, 'team/app', 'goes on')
    const kept = await registry.call('GET', `/v2/team/app/blobs/${digestOf('was there before')}`)
    expect(kept.text).toBe('was there before')
  })

  test('not one byte free: every write is refused, reads go on, and nothing half-written is left', async () => {
    const manifest = JSON.stringify(await imageManifest(registry, 'team/app'))
    const before = await registry.files()
    await writeFile(join(root, 'filler'), Buffer.alloc(await free()))
    const headers = { 'Content-Type': ociManifestType }
    const put = () => registry.call('PUT', '/v2/team/app/manifests/1.0', { body: manifest, headers })
    const posted = await registry.call('POST', `/v2/team/app/blobs/uploads/?digest=${digestOf('y')}`, { body: 'y' })
    expect([posted.status, (await put()).status]).toEqual([507, 507])
    expect((await registry.call('GET', '/v2/team/app/manifests/1.0')).status).toBe(404)
    expect((await registry.call('GET', `/v2/team/app/blobs/${digestOf('{}')}`)).text).toBe('{}')
    expect(await registry.files()).toEqual(before)
    await rm(join(root, 'filler'))
    expect((await put()).status).toBe(201)
  })
})
