/** Who a request comes from: 10,000 users with every pair of credentials mixed up, by password and by token. */
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { RequestError } from '../../../src/errors/request-error.js'
import { authenticate } from '../../../src/gateway/login/authenticate.js'
import { everythingToUsers } from '../../../src/gateway/login/permit.js'
import type { AuthScheme } from '../../../src/gateway/model.js'
import { parseRegistryRequest } from '../../../src/gateway/registry-request.js'
import { createWorkerTokens, type WorkerTokens } from '../../../src/server/worker/tokens.js'
import { defaultToken } from '../../../src/settings/settings.js'
import { createSigningKey } from '../../../src/token/signing-key.js'
import { parseHtpasswd } from '../../../src/users/htpasswd/parse.js'
import type { UserEntry } from '../../../src/users/htpasswd/users.js'
import { createVerifierWith, type Verifier } from '../../../src/users/htpasswd/verifier.js'
import { inParallel } from '../../end-to-end/parts/settle.js'

/**
 * Half of them come in pairs that are one text once the colon is taken away: `ab` with `c...`, `a` with `bc...`. The rest share
 * passwords, names that begin alike, and blanks.
 */
const pairs = Array.from({ length: 10_000 }, (_, index) => {
  const number = Math.floor(index / 4)
  const kinds = [
    { name: `user${number}a`, password: `b-secret-${number}` },
    { name: `user${number}ab`, password: `-secret-${number}` },
    { name: `user${number} `, password: 'the same for many' },
    { name: ` user${number}`, password: `the same for many ${number}` },
  ]
  return kinds[index % 4] ?? { name: '', password: '' }
})
const sha = (password: string) => `{SHA}${createHash('sha1').update(password).digest('base64')}`
const fileOf = (list: typeof pairs, file: string) =>
  parseHtpasswd(list.map(({ name, password }) => `${name}:${sha(password)}\n`).join(''), file)
/** The same names in another file, each with the password of the next. */
const shifted = pairs.map(({ name }, index) => ({ name, password: pairs[(index + 1) % pairs.length]?.password ?? '' }))
const files = new Map([
  ['/users', fileOf(pairs, '/users')],
  ['/others', fileOf(shifted, '/others')],
])
const usersOf = (file: string) => files.get(file) ?? { file, entries: new Map<string, UserEntry>() }

let verifier: Verifier
let tokens: WorkerTokens
beforeAll(async () => {
  verifier = createVerifierWith(
    {
      compare: async ({ password, hash }) => (sha(password) === hash ? 'match' : 'mismatch'),
      close: async () => {},
    },
    { maxQueue: 64, threads: 1, maxRemembered: 20_000, randomKey: randomBytes(32) },
  )
  const key = await createSigningKey({ id: 'key-1', now: Date.now(), signsFrom: Date.now(), random: randomBytes })
  const state = { secret: randomBytes(32), keys: [key], identityTokens: new Map() }
  tokens = createWorkerTokens({ token: { ...defaultToken, issuer: randomUUID() } }, state, {
    keep: async () => {},
    look: async () => {},
    used: () => {},
  })
})
afterAll(() => verifier.close())

const means = () => ({
  permit: everythingToUsers,
  tokens,
  users: {
    find: (file: string, name: string) => {
      const entry = usersOf(file).entries.get(name)
      return entry === undefined ? null : { name, stamp: entry.hash }
    },
    isProved: (file: string, name: string, password: string) => verifier.isProved(usersOf(file), name, password),
    check: (file: string, name: string, password: string) => verifier.verify(usersOf(file), name, password),
  },
})
const loginAt = (usersFile: string, kind: AuthScheme['kind'] = 'token'): AuthScheme => ({
  kind,
  usersFile,
  rulesMayOpen: true,
  challenge: error => ({ 'WWW-Authenticate': error ?? 'none' }),
})

/** Whom the gate takes somebody for, or why it refuses. */
async function who(authorization: string | undefined, login: AuthScheme | null, line = 'GET /v2/'): Promise<string> {
  const [method = '', target = ''] = line.split(' ')
  const headers: IncomingHttpHeaders = authorization === undefined ? {} : { authorization }
  const asker = { request: { headers }, address: '192.0.2.1', claimedUser: null }
  try {
    const identity = await authenticate(means(), login, parseRegistryRequest(method, target), asker)
    return identity.kind === 'user' ? `user ${identity.name}` : identity.kind
  } catch (error) {
    return error instanceof RequestError ? error.code : String(error)
  }
}
const basic = (name: string, password: string) => `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`

/** `[outcome, times]` */
const tally = (outcomes: readonly string[]) =>
  [...outcomes.reduce((counts, outcome) => counts.set(outcome, (counts.get(outcome) ?? 0) + 1), new Map())].sort()

describe('10,000 users', () => {
  it.each(['basic', 'token'] as const)('are themselves by their password, and nobody else (%s mode)', async kind => {
    const login = loginAt('/users', kind)
    // Twice: the second time out of memory.
    for (const _ of [1, 2]) {
      const own = await inParallel(pairs, 16, ({ name, password }) => who(basic(name, password), login))
      expect(own.filter((found, index) => found !== `user ${pairs[index]?.name}`)).toEqual([])
    }
    const others = await inParallel(shifted, 16, ({ name, password }) => who(basic(name, password), login))
    expect(tally(others)).toEqual([['credentials-wrong', 10_000]])
    // With the colon moved by one character to either side.
    const moved = await inParallel(pairs, 16, ({ name, password }) =>
      who(basic(name.slice(0, -1), name.slice(-1) + password), login),
    )
    expect(
      moved.filter((found, index) => found.startsWith('user') && found !== `user ${pairs[index]?.name.slice(0, -1)}`),
    ).toEqual([])
  })

  it('are themselves by their token, and nobody in another file of users', async () => {
    const issued = await inParallel(pairs, 16, async ({ name }) => {
      const entry = means().users.find('/users', name)
      if (entry === null) throw new Error(`no ${name}`)
      return tokens.issue({ user: name, entry: tokens.fingerprint(entry), access: [] })
    })
    expect(new Set(issued.map(({ token }) => token)).size).toBe(10_000)
    for (const _ of [1, 2]) {
      const own = await inParallel(issued, 16, ({ token }) => who(`Bearer ${token}`, loginAt('/users')))
      expect(own.filter((found, index) => found !== `user ${pairs[index]?.name}`)).toEqual([])
      const elsewhere = await inParallel(issued, 16, ({ token }) => who(`bearer ${token}`, loginAt('/others', 'basic')))
      expect(tally(elsewhere)).toEqual([['token-invalid', 10_000]])
    }
    // One user's claims under another one's signature.
    const mixed = issued.map(({ token }, index) => {
      const [header, claims] = token.split('.')
      return [header, claims, issued[(index + 1) % issued.length]?.token.split('.')[2]].join('.')
    })
    const crossed = await inParallel(mixed, 16, token => who(`Bearer ${token}`, loginAt('/users')))
    expect(tally(crossed)).toEqual([['token-invalid', 10_000]])
  }, 120_000)
})

describe('somebody without Authorization', () => {
  const permit = () => (_type: string, name: string) => name.startsWith('base/')
  const anonymously = async (line: string, change: Partial<AuthScheme> = {}) => {
    const [method = '', target = ''] = line.split(' ')
    const asker = { request: { headers: {} }, address: '192.0.2.1', claimedUser: null }
    const login = { ...loginAt('/users'), ...change }
    return authenticate({ ...means(), permit }, login, parseRegistryRequest(method, target), asker).then(
      ({ kind }) => kind,
      (error: unknown) => (error instanceof RequestError ? error.code : String(error)),
    )
  }
  it.each([
    ['GET /v2/base/app/manifests/1', {}, 'anonymous'],
    ['GET /v2/team/app/manifests/1', {}, 'credentials-required'],
    ['POST /v2/base/app/blobs/uploads/?mount=sha256:aa&from=team/app', {}, 'credentials-required'],
    ['POST /v2/base/app/blobs/uploads/?mount=sha256:aa&from=base/b', {}, 'anonymous'],
    ['GET /v2/', {}, 'credentials-required'],
    ['GET /v2/_catalog', {}, 'credentials-required'],
    ['GET /v2/base/app/nothing', {}, 'credentials-required'],
    ['GET /elsewhere', {}, 'credentials-required'],
    ['GET /v2/base/app/manifests/1', { kind: 'basic' }, 'credentials-required'],
    ['GET /v2/base/app/manifests/1', { rulesMayOpen: false }, 'credentials-required'],
  ] as const)('%s %o: %s', async (line, change, outcome) => expect(await anonymously(line, change)).toBe(outcome))

  it('has with a token no more than everybody may at that moment, whatever it said when it was issued', async () => {
    const access = ['base/app', 'team/app'].map(name => ({ type: 'repository', name, actions: ['pull', 'push'] }))
    const { token } = await tokens.issue({ user: null, entry: '', access })
    const grantsBy = async (rules: ReturnType<typeof means>['permit']) => {
      const asker = {
        request: { headers: { authorization: `Bearer ${token}` } },
        address: '192.0.2.1',
        claimedUser: null,
      }
      const path = parseRegistryRequest('PATCH', '/v2/base/app/blobs/uploads/1')
      const identity = await authenticate({ ...means(), permit: rules }, loginAt('/users'), path, asker)
      return identity.kind === 'anonymous' && identity.grants
    }
    expect(await grantsBy(permit)).toEqual([{ type: 'repository', name: 'base/app', actions: ['pull', 'push'] }])
    expect(await grantsBy(everythingToUsers)).toEqual([])
  })

  it('is nobody where the route asks nobody', async () => expect(await who(undefined, null)).toBe('nobody'))
})
