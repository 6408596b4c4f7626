/** Tokens that are nearly ours: none is accepted. */
import { beforeAll, describe, expect, test } from 'vitest'
import { type Material, material, now, signed, widened } from './forge.js'
import { byOurKey, otherTexts, withoutOurKey } from './forgeries.js'

describe.each([
  ['without our key', withoutOurKey],
  ['in another text', otherTexts],
  ['by our key, but no access token', byOurKey],
])('a token %s', (_, rows) => {
  let given: Material
  beforeAll(async () => {
    given = await material()
  })

  test.each(rows)('is refused: %s', async (_, forge) => {
    const forged = forge(given)
    expect(forged).not.toBe(given.token)
    expect(await given.ring.verify(forged, now)).toEqual({ kind: 'invalid' })
    // Neither before nor after a valid one is known, and it takes nothing from that one.
    expect((await given.ring.verify(given.token, now)).kind).toBe('valid')
    expect(await given.ring.verify(forged, now)).toEqual({ kind: 'invalid' })
  })

  test('the signer of this table makes good ones too', async () => {
    const { ring, header, payload, ourKey } = given
    expect((await ring.verify(signed(header, payload, ourKey), now)).kind).toBe('valid')
    expect((await ring.verify(signed(header, widened(payload), ourKey), now)).kind).toBe('valid')
  })
})

test('no letter of a token can be another one, and none can be missing', async () => {
  const { ring, token } = await material()
  const accepted: number[] = []
  for (let at = 0; at < token.length; at += 1) {
    const other = token[at] === 'A' ? 'B' : 'A'
    const forged = [token.slice(0, at) + other + token.slice(at + 1), token.slice(0, at) + token.slice(at + 1)]
    for (const each of forged) if ((await ring.verify(each, now)).kind !== 'invalid') accepted.push(at)
  }
  expect(accepted).toEqual([])
  expect((await ring.verify(token, now)).kind).toBe('valid')
})
