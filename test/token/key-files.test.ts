/** The files of the signing keys, and what keeps them in order. */
import { randomBytes, X509Certificate } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Problem } from '../../src/errors/problem.js'
import { addNextKey, addSigningKey, highestNumber, readSigningKeys } from '../../src/token/key-files.js'
import { type KeyTending, rotateSigningKeys, type TendedKeys } from '../../src/token/key-rotation.js'
import type { SigningKey } from '../../src/token/model.js'
import { statePaths } from '../../src/token/state-folder.js'

const start = Date.UTC(2026, 0, 5)
const day = 86_400_000

const eventually = (condition: () => boolean) => vi.waitUntil(condition, { timeout: 10_000, interval: 5 })

let data: string
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'portcullis-keys-'))
})
afterEach(() => rmSync(data, { recursive: true, force: true }))

const fileOf = (id: string) => join(statePaths(data).signingKeys, `${id}.json`)
const add = (known: readonly string[] = [], signsFrom = start) =>
  addNextKey(data, known, { now: start, signsFrom, random: randomBytes })

describe('a key in its file', () => {
  test('comes back as it was, for the owner alone', async () => {
    const key = await add()
    const { records, problems } = await readSigningKeys(data)
    expect([...records.values()]).toEqual([key])
    expect(problems).toEqual([])
    expect(statSync(fileOf('key-1')).mode & 0o777).toBe(0o600)
    expect(statSync(statePaths(data).signingKeys).mode & 0o777).toBe(0o700)
  })

  test('takes the next number, and the one behind it where that is taken', async () => {
    expect((await add()).id).toBe('key-1')
    expect((await add(['key-1'])).id).toBe('key-2')
    expect((await add(['key-1'])).id).toBe('key-3')
  })

  test('is never overwritten', async () => {
    const key = await add()
    expect(await addSigningKey(data, { ...key, createdAt: 0 })).toBe(false)
    expect((await readSigningKeys(data)).records.get('key-1')).toEqual(key)
  })

  const edited = (change: (fields: Record<string, unknown>) => unknown) => () => {
    const fields = JSON.parse(readFileSync(fileOf('key-2'), 'utf8'))
    writeFileSync(fileOf('key-2'), JSON.stringify(change(fields)))
  }
  test.each([
    ['empty', () => writeFileSync(fileOf('key-2'), ''), 'is no JSON'],
    ['without a field', edited(({ signsFrom, ...rest }) => rest), 'is no signing key'],
    ['with another time', edited(fields => ({ ...fields, signsFrom: 'soon' })), 'is no signing key'],
    [
      'with a broken key',
      edited(fields => ({ ...fields, privateKey: 'x' })),
      'holds a key or a certificate that is damaged',
    ],
    [
      'with the certificate of another',
      edited(fields => ({
        ...fields,
        certificate: JSON.parse(readFileSync(fileOf('key-1'), 'utf8')).certificate,
      })),
      'has a certificate of another key',
    ],
  ])('%s is named, and the other one counts', async (_, spoil, message) => {
    await add()
    await add(['key-1'])
    spoil()
    const { records, problems } = await readSigningKeys(data)
    expect([...records.keys()]).toEqual(['key-1'])
    expect(problems).toEqual([{ where: fileOf('key-2'), message, hint: expect.stringContaining('remove it') }])
  })

  test('the highest number is found among any names', () => {
    expect(highestNumber([])).toBe(0)
    expect(highestNumber(['key-9', 'key-10', 'mine', 'key-', 'key-1x'])).toBe(10)
  })
})

describe('keys that are tended', () => {
  let tended: TendedKeys[] = []
  let told: string[][] = []
  let problems: Problem[] = []
  let now = start
  beforeEach(() => {
    tended = []
    told = []
    problems = []
    now = start
  })
  afterEach(() => {
    for (const each of tended) each.close()
  })
  async function tend(changes: Partial<KeyTending> = {}): Promise<TendedKeys> {
    const started = await rotateSigningKeys({
      dataFolder: data,
      lifetimeSeconds: 300,
      onChange: keys => void told.push(idsOf(keys)),
      onProblems: found => void problems.push(...found),
      now: () => now,
      random: randomBytes,
      intervalMs: 5,
      ...changes,
    })
    tended.push(started)
    return started
  }
  const idsOf = (keys: readonly SigningKey[]) => keys.map(({ id }) => id).sort()
  const certificates = () => readFileSync(statePaths(data).certificates, 'utf8')
  const count = (text: string) => text.split('BEGIN CERTIFICATE').length - 1

  test('are made where there are none, with a certificate for registries', async () => {
    const { current } = await tend()
    const [key] = current()
    expect(key).toMatchObject({ id: 'key-1', createdAt: start, signsFrom: start })
    expect(certificates()).toBe(key?.certificate)
    expect(new X509Certificate(certificates()).subject).toContain('Portcullis')
    expect(statSync(statePaths(data).certificates).mode & 0o777).toBe(0o644)
    expect(told).toEqual([])
  })

  test('are found again, also by a second gate', async () => {
    const first = await tend()
    const second = await tend()
    expect(second.current()).toEqual(first.current())
    expect(readdirSync(statePaths(data).signingKeys).sort()).toEqual(['certificates.pem', 'key-1.json'])
  })

  test('are one for gates that start at the same moment', async () => {
    const gates = await Promise.all([tend(), tend(), tend(), tend()])
    for (const gate of gates) expect(idsOf(gate.current())).toEqual(['key-1'])
  })

  test('come into force when a command makes them, at every gate', async () => {
    const gates = await Promise.all([tend(), tend()])
    await add(['key-1'], start + 60_000)
    for (const gate of gates) await eventually(() => gate.current().length === 2)
    await eventually(() => count(certificates()) === 2)
    expect(told).toContainEqual(['key-1', 'key-2'])
  })

  test('are announced a week ahead, and go when nothing needs them', async () => {
    await tend()
    now = start + 83 * day
    expect(idsOf((await tend()).current())).toEqual(['key-1', 'key-2'])
    now = start + 92 * day
    expect(idsOf((await tend()).current())).toEqual(['key-2'])
    expect(count(certificates())).toBe(1)
  })

  test('are made anew when somebody removes all of them', async () => {
    const { current } = await tend()
    const [before] = current()
    rmSync(fileOf('key-1'))
    await eventually(() => current()[0]?.certificate !== before?.certificate)
    expect(told).toEqual([['key-1']])
  })

  test('are made beside a broken file, which is named', async () => {
    await add()
    writeFileSync(fileOf('key-1'), 'broken')
    expect(idsOf((await tend()).current())).toEqual(['key-2'])
    expect(problems).toMatchObject([{ where: fileOf('key-1'), message: 'is no JSON' }])
  })

  test('cannot be made where a file stands instead of the folder', async () => {
    writeFileSync(statePaths(data).folder, '')
    await expect(tend()).rejects.toThrow()
  })
})
