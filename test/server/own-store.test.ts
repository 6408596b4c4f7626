/** The embedded registry's folder under workers that are not the user that starts the gate; only root can give a folder away. */
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ownStore } from '../../src/server/own-store.js'

const workers = { uid: 4711, gid: 4712 }

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'portcullis-store-'))
  chmodSync(folder, 0o755)
})
afterEach(() => rmSync(folder, { recursive: true }))

const ownerOf = (path: string) => {
  const { uid, gid } = statSync(path)
  return { uid, gid }
}

test('nothing is made without an embedded registry, or where workers are what the primary is', () => {
  ownStore(null, workers)
  ownStore(join(folder, 'data'), null)
  expect(existsSync(join(folder, 'data'))).toBe(false)
})

describe.runIf(process.getuid?.() === 0)('started as root', () => {
  test('a new folder is made, and only the part that pushes write to is given to the workers', () => {
    const data = join(folder, 'data')
    ownStore(data, workers)
    expect(ownerOf(data)).toEqual({ uid: 0, gid: 0 })
    expect(ownerOf(join(data, 'docker'))).toEqual(workers)
  })

  test('an empty folder that was mounted, and one with a first password in it, serve as well', () => {
    writeFileSync(join(folder, 'first-password'), 'x', { mode: 0o600 })
    ownStore(folder, workers)
    expect(ownerOf(join(folder, 'docker'))).toEqual(workers)
    expect(ownerOf(join(folder, 'first-password'))).toEqual({ uid: 0, gid: 0 })
  })

  test('the same folder serves again', () => {
    ownStore(folder, workers)
    mkdirSync(join(folder, 'docker/registry/v2/blobs'), { recursive: true })
    for (const path of ['registry', 'registry/v2', 'registry/v2/blobs'])
      chownSync(join(folder, 'docker', path), workers.uid, workers.gid)
    expect(() => ownStore(folder, workers)).not.toThrow()
  })

  test('the store of a registry that ran as root is refused with the command that gives it away, and stays as it is', () => {
    mkdirSync(join(folder, 'docker/registry/v2/blobs'), { recursive: true })
    expect(() => ownStore(folder, workers)).toThrow(/docker: the workers run as user 4711 and may not write to it$/)
    expect(ownerOf(join(folder, 'docker'))).toEqual({ uid: 0, gid: 0 })
    chownSync(join(folder, 'docker'), workers.uid, workers.gid)
    expect(() => ownStore(folder, workers)).toThrow(/docker\/registry: the workers run as user 4711/)
  })

  test.each([
    { mode: 0o770, owner: 0, group: 4712, may: true },
    { mode: 0o777, owner: 0, group: 0, may: true },
    { mode: 0o755, owner: 4711, group: 0, may: true },
    { mode: 0o077, owner: 4711, group: 0, may: false },
    { mode: 0o707, owner: 0, group: 4712, may: false },
    { mode: 0o750, owner: 0, group: 4712, may: false },
  ])('a folder of $owner:$group with mode $mode: $may', ({ mode, owner, group, may }) => {
    const docker = join(folder, 'docker')
    mkdirSync(docker)
    chownSync(docker, owner, group)
    chmodSync(docker, mode)
    const attempt = () => ownStore(folder, workers)
    if (may) expect(attempt).not.toThrow()
    else expect(attempt).toThrow('may not write to it')
  })

  test('a data folder that the workers may not enter is refused', () => {
    chmodSync(folder, 0o700)
    expect(() => ownStore(folder, workers)).toThrow('may not enter it')
  })
})
