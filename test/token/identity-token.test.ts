/** What docker keeps instead of a password: made, checked, and bound to the user's entry. */
import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { checkIdentityToken, makeIdentityToken, maxPerUser, surplus } from '../../src/token/identity-token.js'
import type { IdentityToken } from '../../src/token/model.js'

const secret = randomBytes(32)
const now = Date.UTC(2026, 0, 5)
const make = (user = 'tea', createdAt = now) =>
  makeIdentityToken({ user, client: 'docker', entry: `entry of ${user}`, now: createdAt, random: randomBytes, secret })

const { record, text } = make()
const other = make('coffee')
const records = new Map([record, other.record].map(each => [each.id, each]))
const entryOf = (user: string) => (user === 'gone' ? null : `entry of ${user}`)
const check = (shown: string, changes: Partial<Parameters<typeof checkIdentityToken>[1]> = {}) =>
  checkIdentityToken(shown, { records, secret, entryOf, ...changes })

describe('an identity token', () => {
  test('is good for its user', () => {
    expect(check(text.reveal())).toEqual(record)
    expect(check(other.text.reveal())).toEqual(other.record)
  })

  test('stands nowhere in its record', () => {
    const [id, hidden] = text.reveal().split('.')
    expect(id).toBe(record.id)
    expect(hidden).toHaveLength(43)
    expect(JSON.stringify(record)).not.toContain(hidden)
    expect(`${text}`).toBe('***')
  })

  const [id = '', hidden = ''] = text.reveal().split('.')
  const [, otherHidden = ''] = other.text.reveal().split('.')
  test.each([
    ['of nobody', ''],
    ['without a secret', id],
    ['with an empty secret', `${id}.`],
    ['with the hash from the file', `${id}.${record.secretHash}`],
    ['with the secret of another', `${id}.${otherHidden}`],
    ['with an unknown id', `${'0'.repeat(16)}.${hidden}`],
    ['with the id in capitals', `${id.toUpperCase()}x.${hidden}`],
    ['cut by one character', text.reveal().slice(0, -1)],
    ['longer by one character', `${text.reveal()}A`],
    ['with a line feed', `${text.reveal()}\n`],
    ['with __proto__ as id', `__proto__.${hidden}`],
    ['very long', `${id}.${hidden.repeat(100_000)}`],
  ])('%s is nobody', (_, shown) => {
    expect(check(shown)).toBeNull()
  })

  test.each([
    ['its user is gone', { entryOf: () => null }],
    ['its user has another password', { entryOf: () => 'another entry' }],
    ['it is revoked', { records: new Map([[other.record.id, other.record]]) }],
    ['the secret of the gates is another', { secret: randomBytes(32) }],
    ['its hash is damaged', { records: new Map([[id, { ...record, secretHash: '' }]]) }],
  ])('is nobody when %s', (_, changes) => {
    expect(check(text.reveal(), changes)).toBeNull()
  })

  test('no two are the same', () => {
    expect(make().text.reveal()).not.toBe(make().text.reveal())
  })
})

describe('the tokens of one user', () => {
  const many = (count: number, user: string): IdentityToken[] =>
    Array.from({ length: count }, (_, index) => ({ ...make(user, now + index).record, id: `${user}-${index}` }))

  test.each([
    [0, []],
    [maxPerUser - 1, []],
    [maxPerUser, ['tea-0']],
    [maxPerUser + 2, ['tea-2', 'tea-1', 'tea-0']],
  ])('with %i others of them, those not used for longest go for another one: %j', (count, gone) => {
    for (const made of [now + 1_000, now - 1_000].map(at => make('tea', at).record)) {
      const ids = surplus([...many(count, 'tea'), made], made, ({ createdAt }) => createdAt).map(({ id }) => id)
      expect(ids).toEqual(gone)
    }
  })

  test('an old one that is in use stays', () => {
    const tokens = many(maxPerUser + 1, 'tea')
    const made = tokens.at(-1)
    if (made === undefined) throw new Error('there are tokens')
    const latestUse = ({ id, createdAt }: IdentityToken) => (id === 'tea-0' ? now + 5_000 : createdAt)
    expect(surplus(tokens, made, latestUse).map(({ id }) => id)).toEqual(['tea-1'])
  })
})
