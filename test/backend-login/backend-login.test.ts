/** The gate's own login: what it asks for, how often, how long it lasts, and what comes of a backend that does not play along. */
import type { ServerResponse } from 'node:http'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type BackendLogin, type Credentials, createBackendLogin } from '../../src/backend-login/backend-login.js'
import { RequestError } from '../../src/errors/request-error.js'
import { Secret } from '../../src/errors/secret.js'
import { createForwarder } from '../../src/forward/forward.js'
import { type ChallengingRegistry, robot, robotBasic, startChallengingRegistry } from './challenging-registry.js'

const forwarder = createForwarder()
afterAll(() => forwarder.close())

let registry: ChallengingRegistry
let time: number

beforeEach(async () => {
  registry = await startChallengingRegistry()
  time = 1_000_000
})
afterEach(() => registry.close())

const seconds = (count: number) => {
  time += count * 1_000
}
const withPassword = (password: string = robot.password): Credentials => ({
  kind: 'password',
  username: robot.username,
  password: new Secret(password),
})
const login = (credentials: Credentials = withPassword(), timeoutMs = 5_000): BackendLogin =>
  createBackendLogin({
    backend: registry.url,
    credentials,
    ask: forwarder.ask,
    verify: true,
    now: () => time,
    timeoutMs,
  })

const pull = ['repository:team/app:pull']
const get = (own: BackendLogin, scopes: readonly string[] = pull, lasting = false) =>
  own.forScopes(scopes).authorization(lasting)

/** `code: cause` of the refusal, with the address of the registry left out. */
const refusal = async (promise: Promise<unknown>): Promise<string> => {
  const error: unknown = await promise.then(
    value => new Error(`no refusal but ${value}`),
    reason => reason,
  )
  if (!(error instanceof RequestError) || !(error.cause instanceof Error)) throw error
  expect(`${error.message} ${error.cause.message} ${JSON.stringify(error)}`).not.toContain(robot.password)
  return `${error.code}: ${error.cause.message.replaceAll(registry.url, 'HERE').replaceAll(new URL(registry.url).host, 'HERE')}`
}

describe('the scheme', () => {
  it.each([
    ['basic', robotBasic],
    ['bearer', 'Bearer token-1'],
    ['none', null],
  ] as const)('%s is found out by one request without a login', async (scheme, expected) => {
    registry.scheme = scheme
    const own = login()
    expect(await Promise.all([get(own), get(own), get(own)])).toEqual([expected, expected, expected])
    expect(await get(own)).toBe(expected)
    expect(registry.requests).toEqual(['GET /v2/ nobody'])
  })

  it('of several is Bearer', async () => {
    registry.challenge = `Basic realm="behind", Bearer realm="${registry.url}/token"`
    expect(await get(login())).toBe('Bearer token-1')
  })

  it('is found out anew once it no longer holds', async () => {
    registry.scheme = 'basic'
    const own = login()
    expect(await get(own)).toBe(robotBasic)
    registry.scheme = 'bearer'
    seconds(2)
    expect(own.forScopes(pull).refused(robotBasic, [])).toMatchObject({ code: 'backend-refused-login', status: 502 })
    expect(await get(own)).toBe('Bearer token-1')
  })

  it('is never learned from an answer to a client: its Host may be in it', async () => {
    const own = login()
    expect(await get(own)).toBe('Bearer token-1')
    seconds(2)
    own.forScopes(pull).refused('Bearer token-1', ['Bearer realm="http://127.0.0.1:1/elsewhere",service="theirs"'])
    expect(await get(own)).toBe('Bearer token-2')
    expect(registry.tokenRequests.map(({ query }) => query.get('service'))).toEqual(['behind', 'behind'])
  })

  it.each([
    ['Negotiate', 'backend-refused-login: it asks for negotiate'],
    ['', 'backend-refused-login: it asks for a login, but not how'],
    ['Bearer service="x"', 'backend-answer-invalid: the realm of its challenge is no address'],
    ['Bearer realm="/token"', 'backend-answer-invalid: the realm of its challenge is no address'],
    ['Bearer realm="file:///etc/passwd"', 'backend-answer-invalid: the realm of its challenge begins with file:'],
    ['Bearer realm="http://a:b@h/"', 'backend-answer-invalid: the realm of its challenge holds a user name'],
  ])('%j is none', async (challenge, expected) => {
    registry.challenge = challenge
    expect(await refusal(get(login()))).toBe(expected)
  })

  it('of a backend that cannot be reached is not known, and asked for again', async () => {
    registry.scheme = 'basic'
    const own = login()
    const { url } = registry
    await registry.close()
    expect(await refusal(get(own))).toMatch(/^backend-unreachable: connect ECONNREFUSED /)
    expect(url).toBe(registry.url)
    registry = await startChallengingRegistry()
  })
})

describe('a realm without TLS', () => {
  it('is refused where the backend has it: the password would go in the clear', async () => {
    const { tokenServiceOf } = await import('../../src/backend-login/token-service.js')
    const challenge = { scheme: 'bearer', parameters: new Map([['realm', 'http://auth.example.com/token']]) }
    expect(() => tokenServiceOf(challenge, new URL('https://registry.example.com'))).toThrow(RequestError)
    expect(tokenServiceOf(challenge, new URL('http://registry:5000')).realm.href).toBe('http://auth.example.com/token')
  })
})

describe('a token', () => {
  it('is asked for with the password, the service and the scopes', async () => {
    const scopes = ['repository:team/app:pull,push', 'repository:base/linux:pull']
    await get(login(), scopes)
    const [asked] = registry.tokenRequests
    expect(asked?.authorization).toBe(robotBasic)
    expect([...(asked?.query ?? [])]).toEqual([['service', 'behind'], ...scopes.map(scope => ['scope', scope])])
  })

  it('is asked for without a password where there is none', async () => {
    registry.account = null
    expect(await get(login({ kind: 'anonymous' }), [])).toBe('Bearer token-1')
    expect(registry.tokenRequests[0]?.authorization).toBeNull()
  })

  it('goes behind the query of its realm', async () => {
    registry.challenge = `Bearer realm="${registry.url}/token?tenant=one"`
    await get(login())
    expect([...(registry.tokenRequests[0]?.query ?? [])]).toEqual([
      ['tenant', 'one'],
      ['scope', 'repository:team/app:pull'],
    ])
  })

  it('is asked for once, however many wait for it, and once per scope', async () => {
    const own = login()
    const names = ['a', 'b', 'c']
    const asked = Array.from({ length: 300 }, (_, index) => get(own, [`repository:${names[index % 3]}:pull`]))
    expect(new Set(await Promise.all(asked)).size).toBe(3)
    expect(registry.tokenRequests).toHaveLength(3)
  })

  it.each([
    ['token', { token: 'abc' }],
    ['access_token', { access_token: 'abc' }],
    ['both', { token: 'abc', access_token: 'abc' }],
    ['access_token beside an empty token', { token: '', access_token: 'abc' }],
    ['one with a life that is none', { token: 'abc', expires_in: 'soon' }],
    ['one beside null', { token: 'abc', access_token: null, expires_in: null, refresh_token: null }],
  ])('is read from %s', async (_, answer) => {
    registry.answerToken = (_request, response) => void response.end(JSON.stringify(answer))
    expect(await get(login())).toBe('Bearer abc')
  })

  describe('of a life', () => {
    // Seconds of its life; after how many a request without a body takes a new one, and one with a body.
    it.each([
      [300, 240, 240],
      [100, 80, 70],
      [60, 48, 30],
      [null, 48, 30],
      [10, 8, 5],
    ] as const)('of %s s is renewed after %i s, and for a body after %i s', async (life, usual, withBody) => {
      registry.expiresIn = life
      for (const [lasting, until] of [
        [false, usual],
        [true, withBody],
      ] as const) {
        const own = login()
        const first = await get(own, pull, lasting)
        seconds(until - 0.1)
        expect(await get(own, pull, lasting)).toBe(first)
        seconds(0.2)
        expect(await get(own, pull, lasting)).not.toBe(first)
      }
    })
  })

  it('that cannot be renewed serves to its end', async () => {
    const own = login()
    expect(await get(own)).toBe('Bearer token-1')
    registry.answerToken = (_, response) => void response.writeHead(503).end()
    seconds(290)
    expect(await get(own)).toBe('Bearer token-1')
    seconds(11)
    expect(await refusal(get(own))).toBe('backend-unreachable: HERE/token answered 503')
  })

  it('that was refused is not given out again, unless it has only just been issued', async () => {
    const own = login()
    const scoped = own.forScopes(pull)
    expect(await get(own)).toBe('Bearer token-1')
    scoped.refused('Bearer token-1', [])
    expect(await get(own)).toBe('Bearer token-1')
    seconds(2)
    scoped.refused('Bearer token-1', [])
    expect(await get(own)).toBe('Bearer token-2')
    seconds(2)
    scoped.refused('Bearer token-1', [])
    expect(await get(own)).toBe('Bearer token-2')
  })

  it('that is good but allows too little is a denial', () => {
    const challenge = 'Bearer realm="https://h/t",scope="repository:team/app:pull",error="insufficient_scope"'
    const error = login().forScopes(pull).refused('Bearer x', [challenge])
    expect(error).toMatchObject({ code: 'backend-denied', status: 403, ociCode: 'DENIED' })
  })

  it('of ever new scopes needs no ever more memory', async () => {
    const own = login()
    for (let index = 0; index < 1_100; index++) await get(own, [`repository:r${index}:pull`])
    expect(registry.tokenRequests).toHaveLength(1_100)
    await get(own, ['repository:r1099:pull'])
    expect(registry.tokenRequests).toHaveLength(1_100)
    await get(own, ['repository:r0:pull'])
    expect(registry.tokenRequests).toHaveLength(1_101)
  })
})

describe('a token service that', () => {
  const answers: readonly (readonly [string, (response: ServerResponse) => void, string | RegExp])[] = [
    ['knows no such user', response => response.writeHead(401).end(), 'backend-refused-login: HERE/token answered 401'],
    ['denies', response => response.writeHead(403).end(), 'backend-refused-login: HERE/token answered 403'],
    ['has no such page', response => response.writeHead(404).end(), 'backend-answer-invalid: HERE/token answered 404'],
    ['fails', response => response.writeHead(500).end(), 'backend-unreachable: HERE/token answered 500'],
    ['has had enough', response => response.writeHead(429).end(), 'backend-unreachable: HERE/token answered 429'],
    [
      'sends elsewhere',
      response => response.writeHead(302, { Location: '/token/elsewhere' }).end(),
      'backend-answer-invalid: HERE/token answered 302',
    ],
    [
      'answers in HTML',
      response => response.end('<html>'),
      'backend-answer-invalid: HERE/token answered 200 without a token',
    ],
    [
      'answers with no token',
      response => response.end('{}'),
      'backend-answer-invalid: HERE/token answered 200 without a token',
    ],
    [
      'answers with what is none',
      response => response.end(JSON.stringify({ token: 'a\r\nX-Header: b' })),
      'backend-answer-invalid: HERE/token answered 200 without a token',
    ],
    [
      'says too much',
      response => response.end(JSON.stringify({ token: 'x'.repeat(70_000) })),
      'backend-answer-invalid: the answer is longer than 65536 bytes',
    ],
    ['hangs up', response => response.socket?.destroy(), 'backend-unreachable: socket hang up'],
    [
      'hangs up in the middle',
      response => {
        response.writeHead(200, { 'Content-Length': '100' }).write('{"token":"abc"')
        setTimeout(() => response.socket?.destroy(), 50)
      },
      /^backend-unreachable: (aborted|the connection was closed without a whole answer)$/,
    ],
    [
      'speaks no HTTP',
      response => response.socket?.end('SSH-2.0-OpenSSH\r\n\r\n'),
      /^backend-answer-invalid: Parse Error/,
    ],
  ]
  it.each(answers)('%s is told as what it is', async (_, answer, expected) => {
    registry.answerToken = (_request, response) => answer(response)
    const said = await refusal(get(login()))
    if (typeof expected === 'string') expect(said).toBe(expected)
    else expect(said).toMatch(expected)
  })

  it.each(['before its answer', 'in the middle of it'])('takes too long %s is not waited for', async when => {
    registry.answerToken = (_, response) => {
      if (when !== 'before its answer') response.writeHead(200).write('{')
    }
    expect(await refusal(get(login(withPassword(), 200)))).toBe('backend-timeout: no answer within 200 ms')
    // The one on which the scheme was asked for rests.
    await expect.poll(() => registry.connections(), { timeout: 5_000 }).toBeLessThanOrEqual(1)
  })

  it('refuses a password is not asked again for a while', async () => {
    const own = login(withPassword('another'))
    for (let round = 0; round < 5; round++) {
      expect(await refusal(get(own))).toBe('backend-refused-login: HERE/token answered 401')
      seconds(1.9)
    }
    expect(registry.tokenRequests).toHaveLength(1)
    seconds(1)
    await refusal(get(own))
    expect(registry.tokenRequests).toHaveLength(2)
  })

  it('refuses a password time and again is not asked for other scopes either', async () => {
    const own = login(withPassword('another'))
    for (let index = 0; index < 50; index++) await refusal(get(own, [`repository:r${index}:pull`]))
    expect(registry.tokenRequests).toHaveLength(3)
    registry.account = null
    seconds(11)
    expect(await get(own, ['repository:r50:pull'])).toBe('Bearer token-1')
    expect(await get(own, ['repository:r49:pull'])).toBe('Bearer token-2')
  })

  it('refuses some scopes is asked for others', async () => {
    const own = login()
    const refuses = registry.account
    for (let index = 0; index < 20; index++) {
      registry.account = 'nobody'
      expect(await refusal(get(own, [`repository:closed-${index}:pull`]))).toMatch(/^backend-refused-login/)
      registry.account = refuses
      expect(await get(own, [`repository:open-${index}:pull`])).toBe(`Bearer token-${index + 1}`)
    }
  })

  it('fails is asked again after a second', async () => {
    const own = login()
    registry.answerToken = (_, response) => void response.writeHead(500).end()
    await refusal(get(own))
    registry.answerToken = null
    await refusal(get(own))
    seconds(1)
    expect(await get(own)).toBe('Bearer token-1')
  })
})

it('a backend that asks for a password cannot be used without one', async () => {
  registry.scheme = 'basic'
  expect(await refusal(get(login({ kind: 'anonymous' })))).toBe(
    'backend-refused-login: it asks for a user name and a password, and the gate has none',
  )
})
