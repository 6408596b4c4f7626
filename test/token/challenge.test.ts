/** The challenge, letter for letter as the registry of distribution writes it. */
import { expect, test } from 'vitest'
import { bearerChallenge } from '../../src/token/challenge.js'
import { parseScopes } from '../../src/token/scope.js'

const realm = 'https://registry.local:5000/auth/token'
const service = 'portcullis'
const begin = `Bearer realm="${realm}",service="portcullis"`

test.each([
  ['of /v2/', '', null, begin],
  ['of a pull', 'repository:team/app:pull', null, `${begin},scope="repository:team/app:pull"`],
  [
    'of a mount',
    'repository:a:pull,push repository:b:pull',
    null,
    `${begin},scope="repository:a:pull,push repository:b:pull"`,
  ],
  ['to a bad token', '', 'invalid_token', `${begin},error="invalid_token"`],
  [
    'to a token for too little',
    'repository:team/app:pull,push',
    'insufficient_scope',
    `${begin},scope="repository:team/app:pull,push",error="insufficient_scope"`,
  ],
] as const)('the challenge %s', (_, scope, error, text) => {
  expect(bearerChallenge({ realm, service, scopes: parseScopes([scope]), error, description: null })).toBe(text)
})

test('a realm cannot end its own quotes or the line', () => {
  const written = bearerChallenge({
    realm: 'https://a",scope="b\r\nX: y\\',
    service,
    scopes: [],
    error: null,
    description: null,
  })
  expect(written).toBe('Bearer realm="https://a\\",scope=\\"bX: y\\\\",service="portcullis"')
})

test('nothing has an empty value, at which clients stop reading', () => {
  expect(bearerChallenge({ realm, service: '', scopes: [], error: null, description: null })).toBe(
    `Bearer realm="${realm}"`,
  )
})

test('what an error is about follows it, in the characters that may stand there', () => {
  const description = 'ci "the \\ robot" may not push café: no rule allows it'
  expect(bearerChallenge({ realm, service, scopes: [], error: 'insufficient_scope', description })).toBe(
    `${begin},error="insufficient_scope",error_description="ci 'the ' robot' may not push caf: no rule allows it"`,
  )
})
