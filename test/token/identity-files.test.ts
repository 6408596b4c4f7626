/** The files of the identity tokens: what is added or revoked anywhere is in force everywhere. */
import { randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Problem } from '../../src/errors/problem.js'
import {
  type IdentityTokens,
  keepIdentityTokens,
  readIdentityTokens,
  revokeIdentityToken,
} from '../../src/token/identity-files.js'
import { makeIdentityToken, maxPerUser } from '../../src/token/identity-token.js'
import { statePaths } from '../../src/token/state-folder.js'

const secret = randomBytes(32)
const start = Date.UTC(2026, 0, 5)
const make = (user = 'tea', now = start) =>
  makeIdentityToken({ user, client: 'docker', entry: 'fingerprint', now, random: randomBytes, secret })

const eventually = (condition: () => boolean) => vi.waitUntil(condition, { timeout: 10_000, interval: 5 })

let data: string
let gates: IdentityTokens[]
let problems: Problem[]
let displaced: [id: string, usedAt: number | null][]
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'portcullis-identity-'))
  gates = []
  problems = []
  displaced = []
})
afterEach(() => {
  for (const gate of gates) gate.close()
  rmSync(data, { recursive: true, force: true })
})

async function gate(): Promise<IdentityTokens> {
  const onProblems = (found: readonly Problem[]) => void problems.push(...found)
  const kept = await keepIdentityTokens({
    dataFolder: data,
    onChange: () => {},
    onProblems,
    onDisplaced: ({ token, usedAt }) => void displaced.push([token.id, usedAt]),
    intervalMs: 5,
  })
  gates.push(kept)
  return kept
}
const files = () => readdirSync(statePaths(data).identityTokens)

describe('an identity token', () => {
  test('leaves nothing on the disk before the first one', async () => {
    await gate()
    expect(existsSync(statePaths(data).folder)).toBe(false)
  })

  test('is in force when it is added, and comes back after a restart', async () => {
    const first = await gate()
    const { record, text } = make()
    await first.add(record)
    expect(first.current().get(record.id)).toEqual(record)
    expect((await gate()).current().get(record.id)).toEqual(record)
    const file = join(statePaths(data).identityTokens, `${record.id}.json`)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(readFileSync(file, 'utf8')).not.toContain(text.reveal().split('.')[1])
  })

  test('is in force at another gate, and so is its end', async () => {
    const [here, there] = [await gate(), await gate()]
    const { record } = make()
    await here.add(record)
    await eventually(() => there.current().has(record.id))
    expect(await revokeIdentityToken(data, record.id)).toBe(true)
    for (const each of [here, there]) await eventually(() => !each.current().has(record.id))
    expect(await revokeIdentityToken(data, record.id)).toBe(false)
  })

  test('takes the place of the one of its user that was not used for longest where there are too many', async () => {
    const kept = await gate()
    const oldest = make('tea', start - 1).record
    const other = make('coffee', start - 2).record
    for (const record of [oldest, other]) await kept.add(record)
    for (let index = 1; index < maxPerUser; index += 1) await kept.add(make('tea', start + index).record)
    expect(kept.current().has(oldest.id)).toBe(true)
    kept.used(other.id)
    await kept.add(make('tea', start + maxPerUser).record)
    expect(kept.current().has(oldest.id)).toBe(false)
    expect(kept.current().has(other.id)).toBe(true)
    expect(files()).toHaveLength(maxPerUser + 1)
    expect(displaced).toEqual([[oldest.id, null]])
  })

  test('that is used stays, and at another gate as well, also after both have ended', async () => {
    const [here, there] = [await gate(), await gate()]
    const [first, second, third] = [start - 3, start - 2, start - 1].map(at => make('tea', at).record)
    if (first === undefined || second === undefined || third === undefined) throw new Error('three were made')
    for (const record of [first, second, third]) await here.add(record)
    for (let index = 3; index < maxPerUser; index += 1) await here.add(make('tea', start + index).record)
    for (const each of [here, there]) await eventually(() => each.current().size === maxPerUser)
    here.used(first.id)
    there.used(second.id)
    await there.add(make('tea', start + maxPerUser).record)
    expect(displaced).toEqual([[third.id, null]])
    here.close()
    there.close()
    const later = await gate()
    for (let index = 3; index < maxPerUser; index += 1) await later.add(make('tea', start + maxPerUser + index).record)
    expect([later.current().has(first.id), later.current().has(second.id)]).toEqual([true, true])
    expect(displaced).toHaveLength(1 + maxPerUser - 3)
  })

  test('that is used often is written down rarely, and at the end', async () => {
    const kept = await gate()
    const { record } = make()
    await kept.add(record)
    const modified = () => Math.round(statSync(join(statePaths(data).identityTokens, `${record.id}.json`)).mtimeMs)
    expect(modified()).toBe(record.createdAt)
    kept.used(record.id)
    await eventually(() => modified() > record.createdAt)
    const first = modified()
    await vi.waitUntil(() => Date.now() > first + 2)
    kept.used(record.id)
    kept.used('unknown')
    await kept.look()
    expect(modified()).toBe(first)
    kept.close()
    expect(modified()).toBeGreaterThan(first)
  })

  test('leaves no more than that also where very many are made at the same moment', async () => {
    const kept = await gate()
    const many = Array.from({ length: maxPerUser + 30 }, (_, index) => make('tea', start + index).record)
    await Promise.all(many.map(record => kept.add(record)))
    expect(files()).toHaveLength(maxPerUser)
    expect(kept.current().size).toBe(maxPerUser)
  })

  test.each(['../secret', '..', '', 'a/b', '.hidden'])(
    'of the name %j cannot be revoked, and no file goes',
    async id => {
      const kept = await gate()
      await kept.add(make().record)
      writeFileSync(statePaths(data).secret, 'secret')
      writeFileSync(`${statePaths(data).secret}.json`, 'secret')
      expect(await revokeIdentityToken(data, id)).toBe(false)
      expect(readdirSync(statePaths(data).folder).sort()).toEqual(['identity-tokens', 'secret', 'secret.json'])
      expect(files()).toHaveLength(1)
    },
  )

  test('in a broken file is named, and the others count', async () => {
    const kept = await gate()
    const { record } = make()
    await kept.add(record)
    const broken = join(statePaths(data).identityTokens, 'broken.json')
    writeFileSync(broken, JSON.stringify({ user: 'tea', client: '\u001b[2J' }))
    await eventually(() => problems.length === 1)
    expect(problems).toEqual([
      { where: broken, message: 'is no identity token', hint: 'remove it; its user logs in again' },
    ])
    expect([...(await readIdentityTokens(data)).records.keys()]).toEqual([record.id])
    expect(await revokeIdentityToken(data, 'broken')).toBe(true)
  })
})
