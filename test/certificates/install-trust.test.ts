/** Installing and removing a trusted certificate: exactly this one, and nothing of anybody else. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createCertificates } from '../../src/certificates/create.js'
import { type Installation, installTrust, removeTrust } from '../../src/certificates/install-trust.js'
import { ProblemsFound } from '../../src/errors/problem.js'

const now = new Date('2026-11-21T12:00:00Z')
const request = { names: { hosts: ['registry.local'], addresses: [] }, algorithm: 'ecdsa', days: 90, now } as const

let folder: string
let pem = ''
let older = ''
let signed = ''
beforeAll(async () => {
  pem = (await createCertificates({ ...request, signer: 'itself' })).cert
  older = (await createCertificates({ ...request, signer: 'itself' })).cert
  signed = (await createCertificates({ ...request, signer: 'new-authority' })).cert
})
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'portcullis-trust-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const path = (name: string) => join(folder, 'certs.d', name, 'ca.crt')
const installation = (...names: string[]): Installation => ({
  pem,
  file: 'certs/cert.pem',
  paths: names.map(path),
  ownFolders: true,
  followUp: null,
})
function put(name: string, content: string): void {
  mkdirSync(dirname(path(name)), { recursive: true })
  writeFileSync(path(name), content)
}
async function problemsOf(attempt: Promise<unknown>) {
  const error = await attempt.catch((reason: unknown) => reason)
  if (!(error instanceof ProblemsFound)) throw new Error(`it should be refused, and gave ${JSON.stringify(error)}`)
  return error.problems
}

describe('installing', () => {
  it('writes the file for everybody to read, whatever the umask', async () => {
    const before = process.umask(0o077)
    try {
      expect(await installTrust(installation('a:1', 'b:2'))).toEqual([
        { path: path('a:1'), done: 'installed' },
        { path: path('b:2'), done: 'installed' },
      ])
    } finally {
      process.umask(before)
    }
    for (const name of ['a:1', 'b:2']) {
      expect(readFileSync(path(name), 'utf8')).toBe(pem)
      expect(statSync(path(name)).mode & 0o777).toBe(0o644)
      expect(statSync(dirname(path(name))).mode & 0o777).toBe(0o755)
      expect(statSync(join(folder, 'certs.d')).mode & 0o777).toBe(0o755)
    }
  })

  it('leaves alone what is there already, and replaces an older one that this program made', async () => {
    put('same:1', `# by hand\n${pem}`)
    put('older:1', older)
    expect(await installTrust(installation('same:1', 'older:1'))).toEqual([
      { path: path('same:1'), done: 'there already' },
      { path: path('older:1'), done: 'replaced' },
    ])
    expect(readFileSync(path('same:1'), 'utf8')).toMatch(/^# by hand/)
    expect(readFileSync(path('older:1'), 'utf8')).toBe(pem)
  })

  it('writes nothing at all where one place holds anything else', async () => {
    put('text:1', 'text\n')
    put('empty:1', '')
    put('chain:1', signed)
    put('two:1', `${older}${pem}`)
    mkdirSync(path('folder:1'), { recursive: true })
    mkdirSync(dirname(path('link:1')), { recursive: true })
    symlinkSync('/nowhere', path('link:1'))
    const names = ['text:1', 'empty:1', 'chain:1', 'two:1', 'folder:1', 'link:1']
    const problems = await problemsOf(installTrust(installation('free:1', ...names)))
    expect(problems.map(({ where }) => where)).toEqual(names.map(path))
    expect(problems[0]).toEqual({
      where: path('text:1'),
      message: 'exists already and holds something else, which is left as it is',
      hint: `if it is not needed: sudo rm ${path('text:1')}`,
    })
    expect(existsSync(path('free:1'))).toBe(false)
    expect(readFileSync(path('text:1'), 'utf8')).toBe('text\n')
  })

  it('names the command to run instead where the system refuses', async () => {
    writeFileSync(join(folder, 'certs.d'), 'a file, not a folder')
    expect(await problemsOf(installTrust(installation('a:1')))).toEqual([
      {
        where: path('a:1'),
        message: expect.stringMatching(/^cannot be /),
        hint: `run: sudo install -D -m 644 certs/cert.pem ${path('a:1')}`,
      },
    ])
    const [problem] = await problemsOf(installTrust({ ...installation('a:1'), followUp: 'update-ca-certificates' }))
    expect(problem?.hint).toMatch(/ca\.crt && sudo update-ca-certificates$/)
  })
})

describe('removing', () => {
  it('takes the file and its empty folder, and says what was not there', async () => {
    await installTrust(installation('a:1'))
    expect(await removeTrust(installation('a:1', 'b:2'))).toEqual([
      { path: path('a:1'), done: 'removed' },
      { path: path('b:2'), done: 'not there' },
    ])
    expect(existsSync(dirname(path('a:1')))).toBe(false)
    expect(existsSync(join(folder, 'certs.d'))).toBe(true)
  })

  it('leaves a folder that holds more, and one that others use', async () => {
    await installTrust(installation('a:1', 'b:2'))
    writeFileSync(join(dirname(path('a:1')), 'client.key'), 'key')
    await removeTrust(installation('a:1'))
    await removeTrust({ ...installation('b:2'), ownFolders: false })
    expect(existsSync(path('a:1'))).toBe(false)
    expect(existsSync(join(dirname(path('a:1')), 'client.key'))).toBe(true)
    expect(existsSync(dirname(path('b:2')))).toBe(true)
  })

  it('removes nothing at all where one place holds another certificate', async () => {
    await installTrust(installation('a:1'))
    put('older:1', older)
    expect(await problemsOf(removeTrust(installation('a:1', 'older:1')))).toEqual([
      {
        where: path('older:1'),
        message: 'holds another certificate than this one, and is left as it is',
        hint: `if it is not needed: sudo rm ${path('older:1')}`,
      },
    ])
    expect(existsSync(path('a:1'))).toBe(true)
  })
})
