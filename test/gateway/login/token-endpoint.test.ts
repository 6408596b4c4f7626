/** Beside an nginx.conf: whose users the token endpoint asks, and where there is none. */
import { describe, expect, it } from 'vitest'
import { authSchemeOf } from '../../../src/gateway/login/auth-scheme.js'
import { tokenQuestionOf } from '../../../src/gateway/login/token-endpoint.js'
import { parseRegistryRequest } from '../../../src/gateway/registry-request.js'
import { routeRequest } from '../../../src/routes/route-request.js'
import { selectServer } from '../../../src/routes/select-server.js'
import { createVariables } from '../../../src/routes/variables.js'
import { compiled, viewOf } from '../../routes/outcome.js'

const mode = { service: 'portcullis', identity: false, names: new Set<string>() }
const asks = (file: string) => `auth_basic "Registry"; auth_basic_user_file ${file};`

function question(server: string, target: string, tokenMode: typeof mode | null = mode) {
  const listener = compiled(`server { listen 5000; ${server} }`)
  const view = viewOf('POST', target)
  const found = tokenQuestionOf(tokenMode, view, selectServer(listener, view.headers.host))
  return found === null ? null : `${found.kind} ${found.usersFile}`
}

const registry = `location /v2/ { ${asks('/users')} proxy_pass http://registry:5000; }`

describe('the token endpoint', () => {
  it.each([
    ['/auth/token', 'token /users'],
    ['/auth/token/', 'token /users'],
    ['/auth/token?service=a', 'token /users'],
    ['/auth/jwks.json', 'keys /users'],
    ['/auth/tokens', null],
    ['/auth', null],
    ['/auth//token', null],
    ['/v2/auth/token', null],
  ])('%s: %s', (target, found) => expect(question(registry, target)).toBe(found))

  it.each([
    ['goes before every location', `${registry} location /auth { return 403; }`, 'token /users'],
    ['asks the users of /v2/', `${asks('/others')} location / { return 204; } ${registry}`, 'token /users'],
    ['asks those that /v2/ inherits', `${asks('/others')} location / { proxy_pass http://a; }`, 'token /others'],
    [
      'follows a rewrite',
      `rewrite ^/v2/$ /inner/ last; location /inner/ { ${asks('/inner')} proxy_pass http://a; }`,
      'token /inner',
    ],
    ['is not there where /v2/ asks nobody', 'location /v2/ { proxy_pass http://registry:5000; }', null],
    [
      'is not there where the realm is off',
      `${asks('/others')} location /v2/ { auth_basic off; proxy_pass http://a; }`,
      null,
    ],
    ['is not there where the server answers by itself', 'return 301 https://$host$request_uri;', null],
  ])('%s', (_, server, found) => expect(question(server, '/auth/token')).toBe(found))

  it('is not there in basic mode', () => expect(question(registry, '/auth/token', null)).toBeNull())
})

describe('a location that asks for a login', () => {
  const challengeOf = (text: string, target: string) => {
    const listener = compiled(`server { listen 5000; ${text} }`)
    const view = { ...viewOf('GET', target), headers: { host: 'localhost:5000' } }
    const server = selectServer(listener, view.headers.host)
    const decision = routeRequest(server, view, createVariables(server, view))
    if (decision.kind !== 'serve') throw new Error(decision.kind)
    const gateway = { tokenMode: mode, trusted: () => false }
    const login = authSchemeOf(
      gateway,
      { listener, server },
      view,
      decision.route,
      'Registry',
      parseRegistryRequest('GET', target),
    )
    return login?.challenge(null)['WWW-Authenticate']?.replace(/ realm="[^"]*"/, '')
  }
  const closed = `location /v2/closed/ { ${asks('/users')} proxy_pass http://a; }`
  const open = 'location /v2/ { auth_basic off; proxy_pass http://a; }'

  it.each([
    [
      'asks for a token where /v2/ does',
      `${registry} ${closed}`,
      'Bearer,service="portcullis",scope="repository:closed/app:pull"',
    ],
    // The password would go to whatever answers at /auth/token.
    ['asks for a password where no token is to be had', `${open} ${closed}`, 'Basic'],
  ])('%s', (_, server, challenge) => expect(challengeOf(server, '/v2/closed/app/manifests/1')).toBe(challenge))
})
