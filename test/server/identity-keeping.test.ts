/** What a worker asks the primary about identity tokens, and how often. */
import { expect, it } from 'vitest'
import { identityChange, withIdentityChange } from '../../src/server/identity-change.js'
import { createIdentityKeeping } from '../../src/server/identity-keeping.js'
import type { IdentityToken } from '../../src/token/model.js'
import { eventually } from '../end-to-end/parts/settle.js'

const record = (id: string): IdentityToken => ({
  id,
  user: 'alice',
  client: 'docker',
  createdAt: 1,
  secretHash: 'hash',
  entry: 'entry',
})

it('keeps so many at once, and refuses one more until an answer comes', async () => {
  const asked: number[] = []
  const keeping = createIdentityKeeping(
    id => asked.push(id),
    () => {},
  )
  const kept = Array.from({ length: 256 }, (_, index) => keeping.keep(record(String(index))))
  await expect(keeping.keep(record('one more'))).rejects.toMatchObject({ code: 'busy' })
  expect(asked).toHaveLength(256)
  keeping.answered(asked[0] ?? 0, null)
  keeping.answered(asked[1] ?? 0, 'the disk is full')
  await kept[0]
  await expect(kept[1]).rejects.toThrow('the disk is full')
  const next = keeping.keep(record('next'))
  for (const id of asked) keeping.answered(id, null)
  await Promise.all([...kept.slice(2), next])
})

it('looks once for all who ask before the look begins, and once more for who asks later', async () => {
  const asked: number[] = []
  const keeping = createIdentityKeeping(
    (id, of) => asked.push(of === null ? id : Number.NaN),
    () => {},
  )
  const first = [keeping.look(), keeping.look(), keeping.look()]
  await eventually(
    () => `${asked}`,
    () => asked.length === 1,
  )
  const late = keeping.look()
  await eventually(
    () => `${asked}`,
    () => asked.length === 2,
  )
  for (const id of asked) keeping.answered(id, null)
  await Promise.all([...first, late])
  expect(asked).toHaveLength(2)
})

it('tells a change that makes one state of the other', () => {
  const common = { secret: new Uint8Array(32), keys: [] }
  const [a, b, c] = [record('a'), record('b'), record('c')]
  const stateOf = (...records: IdentityToken[]) => ({
    ...common,
    identityTokens: new Map(records.map(each => [each.id, each])),
  })
  const change = identityChange(stateOf(a, b), stateOf(b, c))
  expect(change).toEqual({ made: [c], gone: ['a'] })
  expect(change && withIdentityChange(stateOf(a, b), change)).toEqual(stateOf(b, c))
  expect(identityChange(stateOf(a), { ...stateOf(a), keys: [] })).toBeNull()
  expect(identityChange(null, stateOf(a))).toBeNull()
  expect(identityChange(stateOf(a), null)).toBeNull()
})
