/** What clients read from the answer of the token endpoint. */
import { expect, test } from 'vitest'
import { Secret } from '../../src/errors/secret.js'
import { parseScopes } from '../../src/token/scope.js'
import { tokenAnswer } from '../../src/token/token-answer.js'

const issued = { token: 'a.b.c', expiresInSeconds: 300 }
const plain = { token: 'a.b.c', access_token: 'a.b.c', token_type: 'Bearer', expires_in: 300 }

test.each([
  ['to a GET', { scopes: null, identityToken: null }, plain],
  [
    'to a POST',
    { scopes: parseScopes(['repository:a:pull']), identityToken: null },
    { ...plain, scope: 'repository:a:pull' },
  ],
  ['to a POST without grants', { scopes: [], identityToken: null }, { ...plain, scope: '' }],
  [
    'with an identity token',
    { scopes: null, identityToken: new Secret('id.secret') },
    { ...plain, refresh_token: 'id.secret' },
  ],
])('the answer %s', (_, rest, answer) => {
  expect(JSON.parse(tokenAnswer({ issued, ...rest }))).toEqual(answer)
})
