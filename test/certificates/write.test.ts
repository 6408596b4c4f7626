/** Files that are written whole or not at all. */
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { writeCertificates } from '../../src/certificates/write.js'
import { ProblemsFound } from '../../src/errors/problem.js'
import { Secret } from '../../src/errors/secret.js'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'portcullis-write-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const at = (name: string) => join(folder, name)
const mode = (name: string) => (statSync(at(name)).mode & 0o777).toString(8)
const read = (name: string) => readFileSync(at(name), 'utf8')
const pair = (version = 'new') => [
  { path: at('key.pem'), content: new Secret(`${version} key`) },
  { path: at('cert.pem'), content: `${version} cert` },
]

async function problems(work: Promise<void>): Promise<string[]> {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  )
  if (!(error instanceof ProblemsFound)) throw error ?? new Error('it should have been refused')
  return error.problems.map(problem => `${problem.where.replace(`${folder}/`, '')}: ${problem.message}`)
}

describe('a pair', () => {
  it('is a key for its owner alone and a certificate for everybody, whatever the umask', async () => {
    const umask = process.umask(0o777)
    try {
      await writeCertificates(pair(), false)
    } finally {
      process.umask(umask)
    }
    expect(mode('key.pem')).toBe('600')
    expect(mode('cert.pem')).toBe('644')
    expect([read('key.pem'), read('cert.pem')]).toEqual(['new key', 'new cert'])
  })

  it('makes the folders that are missing and leaves nothing else behind', async () => {
    await writeCertificates([{ path: at('a/b/cert.pem'), content: 'cert' }], false)
    expect(readdirSync(at('a/b'))).toEqual(['cert.pem'])
  })
})

describe('without force', () => {
  it('names every file that exists, and changes none', async () => {
    await writeCertificates(pair('old'), false)
    expect(await problems(writeCertificates(pair(), false))).toEqual([
      'key.pem: exists already',
      'cert.pem: exists already',
    ])
    expect([read('key.pem'), read('cert.pem')]).toEqual(['old key', 'old cert'])
  })

  it('does not write a key beside a certificate that exists', async () => {
    writeFileSync(at('cert.pem'), 'mine')
    expect(await problems(writeCertificates(pair(), false))).toEqual(['cert.pem: exists already'])
    expect(readdirSync(folder)).toEqual(['cert.pem'])
  })

  it('does not follow or replace a link that leads nowhere', async () => {
    symlinkSync(at('elsewhere'), at('key.pem'))
    expect(await problems(writeCertificates(pair(), false))).toEqual(['key.pem: exists already'])
    expect(existsSync(at('elsewhere'))).toBe(false)
  })

  it('lets exactly one of many at the same time win, with a pair that belongs together', async () => {
    const versions = Array.from({ length: 12 }, (_, index) => `v${index}`)
    const results = await Promise.allSettled(versions.map(version => writeCertificates(pair(version), false)))
    expect(results.filter(result => result.status === 'fulfilled')).toHaveLength(1)
    expect(read('key.pem').replace('key', '')).toBe(read('cert.pem').replace('cert', ''))
    expect(readdirSync(folder).toSorted()).toEqual(['cert.pem', 'key.pem'])
  })
})

describe('with force', () => {
  it('replaces the pair and nothing that was linked to it', async () => {
    await writeCertificates(pair('old'), false)
    linkSync(at('key.pem'), at('backup.pem'))
    chmodSync(at('key.pem'), 0o666)
    await writeCertificates(pair(), true)
    expect([read('key.pem'), read('cert.pem'), read('backup.pem')]).toEqual(['new key', 'new cert', 'old key'])
    expect(mode('key.pem')).toBe('600')
    expect(readdirSync(folder).toSorted()).toEqual(['backup.pem', 'cert.pem', 'key.pem'])
  })

  it('replaces a link, not the file it leads to', async () => {
    writeFileSync(at('shared.pem'), 'shared')
    symlinkSync(at('shared.pem'), at('cert.pem'))
    await writeCertificates(pair(), true)
    expect(lstatSync(at('cert.pem')).isSymbolicLink()).toBe(false)
    expect(read('shared.pem')).toBe('shared')
  })

  it('puts the first file back when the second cannot be replaced', async () => {
    writeFileSync(at('key.pem'), 'old key', { mode: 0o640 })
    mkdirSync(at('cert.pem/in-the-way'), { recursive: true })
    expect(await problems(writeCertificates(pair(), true))).toEqual(['cert.pem: is a folder'])
    expect(read('key.pem')).toBe('old key')
    expect(mode('key.pem')).toBe('640')
    expect(readdirSync(folder).toSorted()).toEqual(['cert.pem', 'key.pem'])
  })

  it('removes the first file again when it was new and the second cannot be replaced', async () => {
    mkdirSync(at('cert.pem'))
    await problems(writeCertificates(pair(), true))
    expect(readdirSync(folder)).toEqual(['cert.pem'])
  })
})

describe('a folder that is none', () => {
  it.each(['file', 'file/below'])('is named: %s', async name => {
    writeFileSync(at('file'), '')
    const work = writeCertificates([{ path: at(`${name}/cert.pem`), content: '' }], false)
    expect(await problems(work)).toEqual([`${name}: is not a folder`])
  })

  it.runIf(existsSync('/proc/version'))('is named where none can be made, instead of trying for ever', async () => {
    const work = writeCertificates([{ path: '/proc/certs/cert.pem', content: '' }], false)
    expect(await problems(work)).toEqual(['/proc/certs: cannot be made there'])
  })
})
