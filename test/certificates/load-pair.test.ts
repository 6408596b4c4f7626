/** What is said about a pair of files: test/cases/certificates/pairs/*.txt. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSecureContext } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadPair } from '../../src/certificates/load-pair.js'
import { formatProblem, ProblemsFound } from '../../src/errors/problem.js'
import { require as partsAreHere } from '../real/parts/availability.js'
import { fixtures, fixtureTime } from './fixtures.js'

const cases = new URL('../cases/certificates/pairs/', import.meta.url)
const scratch = mkdtempSync(join(tmpdir(), 'portcullis-pairs-'))
const hasOpenssl = partsAreHere('openssl')
let contents: ReadonlyMap<string, Buffer | string>
beforeAll(async () => {
  if (hasOpenssl) contents = await fixtures(scratch)
})
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

describe.runIf(hasOpenssl)('a pair', () => {
  for (const name of readdirSync(cases)) {
    it(name.replace(/\.txt$/, '').replaceAll('-', ' '), async () => {
      const [given = '', expected] = readFileSync(new URL(name, cases), 'utf8').split(/^-{10}\n/m)
      const value = (word: string) => new RegExp(`^${word}: *(.*)$`, 'm').exec(given)?.[1] ?? null
      const folder = join(scratch, name)
      mkdirSync(folder)
      const [certName = '', keyName = ''] = (value('files') ?? 'cert.pem key.pem').split(' ')
      const [certFile, keyFile] = [join(folder, certName), join(folder, keyName)]
      place(certFile, value('cert'), 0o644)
      place(keyFile, value('key'), Number.parseInt(value('key mode') ?? '600', 8))
      // What openssl has made begins when it was made.
      const now = value('time') === 'now' ? new Date() : fixtureTime
      const said = await told(certFile, keyFile, value('where'), now)
      expect(said.replaceAll(folder, 'certs')).toBe(expected)
    })
  }
})

function place(file: string, what: string | null, mode: number): void {
  const content = contents.get(what ?? '')
  if (what === 'folder') mkdirSync(file)
  else if (what !== 'missing') writeFileSync(file, content ?? fail(`there is no fixture "${what}"`), { mode })
}

function fail(message: string): never {
  throw new Error(message)
}

async function told(certFile: string, keyFile: string, where: string | null, now: Date): Promise<string> {
  try {
    const { cert, key, description, warnings } = await loadPair(certFile, keyFile, where, now)
    expect(() => createSecureContext({ cert, key: key.reveal() })).not.toThrow()
    const good = `good: ${description.keyType} for ${description.names.join(' ') || 'nobody'}\n`
    return good + warnings.map(warning => `${formatProblem(warning, 'warning')}\n`).join('')
  } catch (error) {
    if (!(error instanceof ProblemsFound)) throw error
    return error.problems.map(problem => `${formatProblem(problem)}\n`).join('')
  }
}
