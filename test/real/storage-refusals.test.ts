/** A gate whose storage takes nothing more (no inodes, no bytes, read-only): what clients and operators are told, and that pulls go on. */
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rm, rmdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { digestOf } from '../embedded-registry/serve-registry.js'
import { authorization, type Gate, startGate } from '../end-to-end/parts/gate.js'
import { eventually } from '../end-to-end/parts/settle.js'
import { ask, issuedBy } from '../end-to-end/parts/token-client.js'
import { require as requireParts } from './parts/availability.js'

const run = promisify(execFile)

const indexType = 'application/vnd.oci.image.index.v1+json'
const indexOf = (name: string) =>
  JSON.stringify({ schemaVersion: 2, mediaType: indexType, manifests: [], annotations: { name } })

describe.runIf(requireParts('root'))('a gate on a file system of its own', () => {
  let root: string
  let gate: Gate
  /** The location of an upload that was begun before. */
  let upload: string
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'portcullis-storage-'))
    await run('mount', ['-t', 'tmpfs', '-o', 'size=16m,nr_inodes=500', 'tmpfs', root])
    const flags = ['--workers', '1', '--data', root]
    gate = await startGate('embedded', { flags, yaml: 'token: { identity: true }\n' })
    expect(await put('before')).toBe(201)
    upload = (await call('POST', '/v2/team/app/blobs/uploads/')).headers.get('location')?.[0] ?? ''
  })
  afterEach(async () => {
    await gate?.stop()
    await run('umount', [root])
    await rmdir(root)
  })

  const call = (method: string, path: string, body = '', type = 'application/octet-stream') =>
    ask(gate.port, method, path, { authorization, body, lines: [`Content-Type: ${type}`] })
  const put = async (name: string) =>
    (await call('PUT', `/v2/team/app/manifests/${name}`, indexOf(name), indexType)).status
  const digest = digestOf('blob')
  /** Every way to store something new, in a repository that is there and in a new one. */
  const writes = ['team/app', 'team/new/deep/down'].flatMap(repository => [
    () => call('POST', `/v2/${repository}/blobs/uploads/`),
    () => call('POST', `/v2/${repository}/blobs/uploads/?digest=${digest}`, 'blob'),
    () => call('PUT', `/v2/${repository}/manifests/new`, indexOf('new'), indexType),
  ])
  const errors = () =>
    gate
      .log()
      .split('\n')
      .filter(line => line.includes('"level":"error"'))
  const warnings = (text: string) =>
    gate
      .log()
      .split('\n')
      .filter(line => line.includes('"level":"warn"') && line.includes(text))

  /** Takes the last inode. */
  async function fillInodes(): Promise<string[]> {
    const made: string[] = []
    for (;;) {
      const path = join(root, `filler-${made.length}`)
      try {
        await writeFile(path, '')
        made.push(path)
      } catch {
        return made
      }
    }
  }

  it('507 for every write while there is no inode left, and everything is as before when there is', async () => {
    const made = await fillInodes()
    expect(made.length).toBeGreaterThan(10)
    for (const write of writes) {
      const { status, body } = await write()
      expect([status, JSON.parse(body).errors[0]]).toEqual([
        507,
        { code: 'UNAVAILABLE', message: 'the registry has no space left', detail: null },
      ])
    }
    expect((await call('GET', '/v2/team/app/manifests/before')).body).toBe(indexOf('before'))
    expect(errors()).toEqual([])
    await eventually(
      () => gate.log(),
      () => warnings('no space left').length === 1,
    )
    for (const path of made) await rm(path)
    for (const write of writes) expect((await write()).status).toBeLessThan(300)
    const temporary = join(root, 'docker/registry/v2/_portcullis/temporary')
    expect(await readdir(temporary)).toEqual([])
  })

  it('503 with the reason for a login that needs an identity token, which names the full disk in the log', async () => {
    await fillInodes()
    const path = '/auth/token?service=portcullis&offline_token=true&client_id=docker'
    const answer = await ask(gate.port, 'GET', path, { authorization })
    expect([answer.status, JSON.parse(answer.body).errors[0].message]).toEqual([
      503,
      'the identity token cannot be kept at the moment',
    ])
    await eventually(
      () => gate.log(),
      () => gate.log().includes('ENOSPC'),
    )
    expect(gate.log()).not.toContain('ENOENT')
    expect(issuedBy(await ask(gate.port, 'GET', '/auth/token?service=portcullis', { authorization })).token).not.toBe(
      '',
    )
  })

  it('503 for every write while it is read-only, and pulls go on', async () => {
    await run('mount', ['-o', 'remount,ro', root])
    const others = [
      () => call('DELETE', '/v2/team/app/manifests/before'),
      () => call('DELETE', upload),
      () => call('PATCH', upload, 'chunk'),
      () => call('PUT', `${upload}?digest=${digest}`, 'blob'),
    ]
    for (const write of [...writes, ...others]) {
      const { status, body } = await write()
      expect([status, JSON.parse(body).errors[0]]).toEqual([
        503,
        { code: 'UNAVAILABLE', message: 'the registry cannot write to its storage', detail: null },
      ])
    }
    expect((await call('GET', '/v2/team/app/manifests/before')).status).toBe(200)
    expect(errors()).toEqual([])
    await eventually(
      () => gate.log(),
      () => warnings('cannot write to its storage').length === 1 && gate.log().includes('EROFS'),
    )
    await run('mount', ['-o', 'remount,rw', root])
    expect(await put('after')).toBe(201)
    expect((await call('PUT', `${upload}?digest=${digest}`, 'blob')).status).toBe(201)
  })
})
