/** A certificate that changes while the program runs: every way to change it, and every way to spoil it. The clock is passed in. */
import { mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { certificateFiles, createInFolder } from '../../../src/certificates/create-in-folder.js'
import type { Problem } from '../../../src/errors/problem.js'
import { type CertificateWatch, createCertificateWatch } from '../../../src/server/primary/watch-certificates.js'
import type { PairText } from '../../../src/server/serving-state.js'

let folder: string
let cert: string
let key: string
let watch: CertificateWatch
let clock: number
let seen: PairText[]
let troubles: string[]
const pairs: PairText[] = []

async function makePair(): Promise<PairText> {
  const made = mkdtempSync(join(tmpdir(), 'pair-'))
  const names = { hosts: ['localhost'], addresses: [] }
  const now = new Date()
  await createInFolder({ folder: made, names, algorithm: 'ecdsa', days: 30, authority: false, force: false, now })
  const files = certificateFiles(made)
  const pair = { cert: readFileSync(files.cert, 'utf8'), key: readFileSync(files.key, 'utf8'), anchor: null }
  rmSync(made, { recursive: true })
  return pair
}
const [oldPair, newPair] = [
  () => pairs[0] ?? { cert: '', key: '', anchor: null },
  () => pairs[1] ?? { cert: '', key: '', anchor: null },
]

beforeAll(async () => {
  pairs.push(await makePair(), await makePair())
})
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'certificates-'))
  cert = join(folder, 'cert.pem')
  key = join(folder, 'key.pem')
  writeFileSync(cert, oldPair().cert)
  writeFileSync(key, oldPair().key, { mode: 0o600 })
  clock = 0
  seen = []
  troubles = []
  const onError = (problems: readonly Problem[]) => troubles.push(problems.map(({ message }) => message).join('; '))
  watch = createCertificateWatch(
    { cert, key, where: '--cert' },
    { initial: oldPair(), onChange: pair => seen.push(pair), onError, now: () => clock },
  )
  await pass(2_000)
})
afterEach(() => {
  watch.close()
  rmSync(folder, { recursive: true })
})

async function pass(ms: number): Promise<void> {
  const end = clock + ms
  while (clock < end) clock = Math.min(end, clock + (await watch.poll()))
  await watch.poll()
}
const certsOf = () => seen.map(pair => (pair.cert.trim() === newPair().cert.trim() ? 'new' : 'old'))

it('is left alone as long as it stays the same', () => expect([seen, troubles]).toEqual([[], []]))

it.each([
  [
    'in place',
    () => {
      writeFileSync(cert, newPair().cert)
      writeFileSync(key, newPair().key)
    },
  ],
  [
    'by rename',
    () => {
      writeFileSync(`${cert}.new`, newPair().cert)
      writeFileSync(`${key}.new`, newPair().key)
      renameSync(`${cert}.new`, cert)
      renameSync(`${key}.new`, key)
    },
  ],
  [
    'by links, as Kubernetes and certbot do',
    () => {
      writeFileSync(join(folder, 'cert-2.pem'), newPair().cert)
      writeFileSync(join(folder, 'key-2.pem'), newPair().key)
      for (const [link, to] of [
        [cert, 'cert-2.pem'],
        [key, 'key-2.pem'],
      ] as const) {
        symlinkSync(to, `${link}.link`)
        renameSync(`${link}.link`, link)
      }
    },
  ],
])('is seen when it was replaced %s, within 1.5 s', async (_, replace) => {
  replace()
  await pass(1_500)
  expect([certsOf(), troubles]).toEqual([['new'], []])
})

it('is not seen before both files have settled', async () => {
  writeFileSync(cert, newPair().cert)
  await pass(400)
  writeFileSync(key, newPair().key)
  await pass(400)
  expect([seen, troubles]).toEqual([[], []])
  await pass(600)
  expect([certsOf(), troubles]).toEqual([['new'], []])
})

it('that does not fit its key is told once for each change, and seen when it does', async () => {
  writeFileSync(cert, newPair().cert)
  await pass(10_000)
  expect(seen).toEqual([])
  expect(troubles).toHaveLength(1)
  writeFileSync(cert, newPair().cert.slice(0, 200))
  await pass(10_000)
  expect(seen).toEqual([])
  expect(troubles).toHaveLength(2)
  writeFileSync(cert, newPair().cert)
  writeFileSync(key, newPair().key)
  await pass(1_500)
  expect([certsOf(), troubles.length]).toEqual([['new'], 2])
})

it('that vanishes is told once, and nothing happens when it comes back as it was', async () => {
  renameSync(cert, `${cert}.away`)
  await pass(10_000)
  expect(troubles).toHaveLength(1)
  renameSync(`${cert}.away`, cert)
  await pass(2_000)
  expect([seen, troubles.length]).toEqual([[], 1])
})

it('that was only touched is no other one', async () => {
  utimesSync(cert, 1, 1)
  await pass(2_000)
  expect([seen, troubles]).toEqual([[], []])
})
