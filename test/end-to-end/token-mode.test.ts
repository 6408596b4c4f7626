/** A gate in token mode, with two workers: what it asks of clients, and what each of them gets at the token endpoint. */
import { describe, expect, it } from 'vitest'
import { authorization, basic, user } from './parts/gate.js'
import { gateBeforeBackend } from './parts/gate-before-backend.js'
import { exchange, header, request } from './parts/raw-client.js'
import { ask, bearer, claimsOf, grantsOf, issuedBy, post } from './parts/token-client.js'

const stage = gateBeforeBackend({
  flags: ['--workers', '2', '--host', 'gate.example'],
  yaml: 'token: { identity: true }\n',
})
const port = () => stage.gate.port
const tokenFor = async (...scopes: string[]) => {
  const query = scopes.map(scope => `&scope=${encodeURIComponent(scope)}`).join('')
  return issuedBy(await ask(port(), 'GET', `/auth/token?service=portcullis${query}`, { authorization })).token
}

describe('the challenge', () => {
  /** What follows the service, byte for byte. */
  const table = [
    ['GET /v2/', ''],
    ['HEAD /v2/', ''],
    ['GET /v2/_catalog', ',scope="registry:catalog:*"'],
    ['GET /v2/team/app/tags/list', ',scope="repository:team/app:pull"'],
    ['GET /v2/team/app/manifests/1.0', ',scope="repository:team/app:pull"'],
    ['PUT /v2/team/app/manifests/1.0', ',scope="repository:team/app:pull,push"'],
    ['DELETE /v2/team/app/manifests/1.0', ',scope="repository:team/app:delete"'],
    ['POST /v2/team/app/blobs/uploads/', ',scope="repository:team/app:pull,push"'],
    [
      'POST /v2/pub/app/blobs/uploads/?mount=sha256:aa&from=secret/repo',
      ',scope="repository:pub/app:pull,push repository:secret/repo:pull"',
    ],
    ['DELETE /v2/team/app/blobs/uploads/1', ',scope="repository:team/app:pull,push"'],
    ['GET /v2/team/app/nothing', ''],
  ] as const

  it.each(table)('%s', async (line, rest) => {
    const [method = '', target = ''] = line.split(' ')
    const answer = await ask(port(), method, target)
    expect(answer.status).toBe(401)
    const realm = `https://localhost:${port()}/auth/token`
    expect(answer.headers.get('www-authenticate')).toEqual([`Bearer realm="${realm}",service="portcullis"${rest}`])
    expect(answer.headers.get('docker-distribution-api-version')).toEqual(['registry/2.0'])
    if (method !== 'HEAD') expect(JSON.parse(answer.body)).toMatchObject({ errors: [{ code: 'UNAUTHORIZED' }] })
    expect(stage.backend.requests).toEqual([])
  })

  it('of a token that is none, of one that grants too little, and of a wrong password', async () => {
    const little = bearer(await tokenFor('repository:team/app:pull'))
    const challenges = async (authorization: string) =>
      (await ask(port(), 'PUT', '/v2/team/app/manifests/1.0', { authorization })).headers.get('www-authenticate')
    const scope = `Bearer realm="https://localhost:${port()}/auth/token",service="portcullis",scope="repository:team/app:pull,push"`
    expect(await challenges('Bearer nonsense')).toEqual([`${scope},error="invalid_token"`])
    expect(await challenges(little)).toEqual([`${scope},error="insufficient_scope"`])
    expect(await challenges(basic(user.name, 'wrong'))).toEqual([scope])
    expect(await challenges('Digest something')).toEqual([scope])
    expect(stage.backend.requests).toEqual([])
  })

  it('comes before 100 Continue', async () => {
    const lines = ['PUT /v2/team/app/manifests/1.0 HTTP/1.1', 'Host: localhost', 'Content-Length: 1']
    const answers = await exchange(port(), request([...lines, 'Expect: 100-continue']))
    expect(answers.map(({ status }) => status)).toEqual([401])
  })
})

describe('names', () => {
  const table = [
    ['localhost', 200],
    ['127.0.0.1:5000', 200],
    ['[::1]:5000', 200],
    ['gate.example:443', 200],
    ['evil.example', 421],
    ['10.1.2.3', 421],
  ] as const

  it.each(table)('%s: %i', async (host, status) => {
    const answer = await ask(port(), 'GET', '/auth/token', { host, authorization })
    expect(answer.status).toBe(status)
    const challenged = await ask(port(), 'GET', '/v2/', { host })
    expect(challenged.status).toBe(status === 200 ? 401 : 421)
    const challenge = challenged.headers.get('www-authenticate')
    expect(challenge).toEqual(
      status === 200 ? [`Bearer realm="https://${host}/auth/token",service="portcullis"`] : undefined,
    )
    if (status === 421) expect(challenged.body).toContain('--host')
  })

  it('who has logged in already may use any', async () => {
    expect((await ask(port(), 'GET', '/v2/', { host: 'evil.example', authorization })).status).toBe(200)
  })
})

describe('what clients send', () => {
  const name = encodeURIComponent(user.name)
  const password = encodeURIComponent(user.password)
  const login = `username=${name}&password=${password}&service=portcullis`
  const both = 'repository%3Ateam%2Fapp%3Apull%2Cpush'
  const form = 'Content-Type: application/x-www-form-urlencoded'
  const chunked = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n0\r\n\r\n`

  /** The query of a GET with Basic, and what is granted. */
  const gets: [client: string, query: string, grants: string[]][] = [
    ['docker login', '?account=alice&client_id=docker&offline_token=true&service=portcullis', []],
    [
      'docker push (graphdriver)',
      '?account=alice&scope=repository%3Ateam%2Fapp%3Apush%2Cpull&service=portcullis',
      ['repository:team/app:push,pull'],
    ],
    [
      'docker pull (graphdriver)',
      '?scope=repository%3Alibrary%2Fa%3Apull&service=portcullis',
      ['repository:library/a:pull'],
    ],
    ['podman', '?account=alice&scope=repository%3Ateam%2Fapp%3Apull&service=portcullis', ['repository:team/app:pull']],
    [
      'crane copy: two scopes in one value',
      '?scope=repository%3Ateam%2Fapp%3Apush%2Cpull+repository%3Ateam%2Fbase%3Apull&service=portcullis',
      ['repository:team/app:push,pull', 'repository:team/base:pull'],
    ],
    [
      'oras: two values',
      `?scope=${both}&scope=repository%3Ateam%2Fbase%3Apull&service=portcullis`,
      ['repository:team/app:pull,push', 'repository:team/base:pull'],
    ],
    [
      'regctl',
      `?service=portcullis&client_id=regclient&account=alice&scope=${both}`,
      ['repository:team/app:pull,push'],
    ],
    ['crane delete', '?scope=repository%3Aa%3Apush%2Cpull%2Cdelete', ['repository:a:push,pull,delete']],
    ['skopeo list of repositories', '?scope=registry%3Acatalog%3A%2A&service=portcullis', ['registry:catalog:*']],
    ['a plugin', '?scope=repository(plugin):a/b:pull&service=portcullis', ['repository:a/b:pull']],
    ['scopes that nobody knows', '?scope=*::&scope=repository:UPPER:pull&scope=&service=', []],
    ['nothing at all', '', []],
  ]
  it.each(gets)('GET by %s', async (_, query, grants) => {
    const answer = await ask(port(), 'GET', `/auth/token${query}`, { authorization })
    const issued = issuedBy(answer)
    expect(issued).toMatchObject({ access_token: issued.token, expires_in: 300 })
    expect(issued).not.toHaveProperty('issued_at')
    expect('refresh_token' in issued).toBe(query.includes('offline_token=true'))
    expect(grantsOf(issued.token)).toEqual(grants)
    expect(header(answer, 'cache-control')).toBe('no-store')
    expect((await ask(port(), 'GET', '/v2/', { authorization: bearer(issued.token) })).status).toBe(200)
  })

  const posts: [client: string, body: string, lines: string[]][] = [
    [
      'containerd',
      `grant_type=password&${login}&client_id=containerd-client&scope=${both}`,
      [`${form}; charset=utf-8`],
    ],
    ['buildx', `client_id=buildkit-client&grant_type=password&${login}&scope=${both}`, [form]],
    ['helm login', `grant_type=password&${login}&client_id=oras-go&access_type=offline&scope=${both}`, [form]],
    [
      'podman, in chunks',
      chunked(`grant_type=password&${login}&scope=${both}&scope=repository%3Ab%3Apull`),
      [form, 'Transfer-Encoding: chunked'],
    ],
  ]
  it.each(posts)('POST by %s', async (_, body, lines) => {
    const issued = issuedBy(await post(port(), body, lines))
    expect(grantsOf(issued.token)).toContain('repository:team/app:pull,push')
    expect(issued.scope).toContain('repository:team/app:pull,push')
    expect('refresh_token' in issued).toBe(body.includes('offline'))
    const answer = await ask(port(), 'GET', '/v2/team/app/tags/list', { authorization: bearer(issued.access_token) })
    expect(answer.status).toBe(200)
    expect(stage.backend.requests[0]?.header('authorization')).toBe(basic(user.name, ''))
  })

  it('docker pull with an identity token', async () => {
    const login = await ask(port(), 'GET', '/auth/token?offline_token=true&client_id=docker', { authorization })
    const identity = encodeURIComponent(issuedBy(login).refresh_token ?? '')
    const grant = `grant_type=refresh_token&refresh_token=${identity}&service=portcullis&client_id=docker`
    const issued = issuedBy(await post(port(), `${grant}&access_type=offline&scope=${both}`))
    expect(grantsOf(issued.token)).toEqual(['repository:team/app:pull,push'])
    expect(claimsOf(issued.token)).toMatchObject({ sub: user.name })
    expect(issued).not.toHaveProperty('refresh_token')
  })

  it('a pull without a login: a token that grants nothing', async () => {
    const answer = await ask(port(), 'GET', '/auth/token?scope=repository%3Ateam%2Fapp%3Apull&service=portcullis')
    const { token } = issuedBy(answer)
    expect(claimsOf(token)).toMatchObject({ sub: '', access: [] })
    const pull = await ask(port(), 'GET', '/v2/team/app/tags/list', { authorization: bearer(token) })
    expect([pull.status, header(pull, 'www-authenticate')]).toEqual([
      401,
      expect.stringContaining('insufficient_scope'),
    ])
    expect(stage.backend.requests).toEqual([])
  })

  it('curl -u, without any token', async () => {
    expect((await ask(port(), 'GET', '/v2/team/app/tags/list', { authorization })).status).toBe(200)
  })
})

describe('the token endpoint refuses', () => {
  const wrong = basic(user.name, 'wrong')
  const table: [what: string, work: () => ReturnType<typeof ask>, status: number, says: string][] = [
    ['a wrong password', () => ask(port(), 'GET', '/auth/token', { authorization: wrong }), 401, 'password is wrong'],
    [
      'somebody unknown',
      () => ask(port(), 'GET', '/auth/token', { authorization: basic('nobody', 'x') }),
      401,
      'is wrong',
    ],
    ['a login that is none', () => ask(port(), 'GET', '/auth/token', { authorization: 'Basic !' }), 401, 'is wrong'],
    [
      'a wrong password by POST',
      () => post(port(), 'grant_type=password&username=alice&password=wrong'),
      401,
      'is wrong',
    ],
    [
      'an identity token that is none',
      () => post(port(), 'grant_type=refresh_token&refresh_token=x'),
      401,
      'log in again',
    ],
    ['another service', () => ask(port(), 'GET', '/auth/token?service=other', { authorization }), 400, 'portcullis'],
    ['two services', () => ask(port(), 'GET', '/auth/token?service=a&service=portcullis'), 400, 'more than once'],
    ['another grant', () => post(port(), 'grant_type=client_credentials'), 400, 'grant_type'],
    ['a form in JSON', () => post(port(), '{}', ['Content-Type: application/json']), 400, 'urlencoded'],
    ['a form without end', () => post(port(), `scope=${'x'.repeat(70_000)}`), 413, 'larger'],
    ['PUT', () => ask(port(), 'PUT', '/auth/token', { authorization }), 405, 'unsupported'],
    ['POST to the keys', () => ask(port(), 'POST', '/auth/jwks.json'), 405, 'unsupported'],
  ]
  it.each(table)('%s', async (_, work, status, says) => {
    const answer = await work()
    expect(answer.status).toBe(status)
    expect(JSON.parse(answer.body).errors[0].message).toContain(says)
    expect(header(answer, 'cache-control')).toBe('no-store')
    expect(stage.backend.requests).toEqual([])
  })

  it.each(['/auth/token', '/auth/token/', '/auth/jwks.json'])('and answers HEAD and GET of %s', async path => {
    expect((await ask(port(), 'HEAD', path)).status).toBe(200)
    expect((await ask(port(), 'GET', path)).status).toBe(200)
  })

  it('and waits for a form that says Expect', async () => {
    const form = `grant_type=password&username=${user.name}&password=${user.password}`
    const lines = ['POST /auth/token HTTP/1.1', 'Host: localhost', `Content-Length: ${form.length}`]
    const type = 'Content-Type: application/x-www-form-urlencoded'
    const answers = await exchange(port(), request([...lines, type, 'Expect: 100-continue'], form))
    expect(answers.map(({ status }) => status)).toEqual([100, 200])
  })
})
