/** How the rules judge a request: what it needs, what of its query passes, and what cannot be judged at all. */
import { describe, expect, it } from 'vitest'
import { compilePolicy } from '../../../src/access/compile-policy.js'
import { RequestError } from '../../../src/errors/request-error.js'
import type { Principal } from '../../../src/gateway/login/principal.js'
import { parseRegistryRequest } from '../../../src/gateway/registry-request.js'
import { authorize } from '../../../src/gateway/rules/authorize.js'
import { policyOfData } from '../../settings/read-yaml-text.js'

const policy = policyOfData(
  [
    { who: 'anonymous', repositories: 'base/**', may: 'pull' },
    { who: 'ci', repositories: ['team/**'], may: ['pull', 'push'] },
    { who: 'mover', repositories: ['team/**'], may: ['pull', 'overwrite'] },
    { who: 'sweeper', repositories: '**', may: 'delete' },
    { who: 'writer', repositories: '**', may: 'push' },
  ],
  {},
  index => `portcullis.yaml:${index + 2}`,
)
const rules = compilePolicy(policy)

const principalOf = (who: string): Principal =>
  who === 'nobody' ? { kind: 'nobody' } : { kind: 'user', name: who, grants: null }

/** `allowed`, or the code and the message of the refusal. */
function judge(who: string, line: string, view = line.split(' ')[1] ?? ''): string {
  const [method = '', target = ''] = line.split(' ')
  try {
    const judged = authorize(
      rules,
      { principal: principalOf(who), scheme: null },
      parseRegistryRequest(method, target),
      {
        target: view,
      },
    )
    return judged.target === target ? 'allowed' : `allowed as ${judged.target}`
  } catch (error) {
    if (!(error instanceof RequestError)) throw error
    return `${error.code}: ${error.message}`
  }
}

const digest = `sha256:${'a'.repeat(64)}`

describe('an operation', () => {
  it.each([
    ['ci', 'GET /v2/', 'allowed'],
    ['ci', 'GET /v2/_catalog', 'allowed'],
    ['ci', 'GET /v2/team/app/tags/list', 'allowed'],
    ['ci', 'HEAD /v2/team/app/manifests/1.0', 'allowed'],
    ['ci', `GET /v2/team/app/blobs/${digest}`, 'allowed'],
    ['ci', `GET /v2/team/app/referrers/${digest}`, 'allowed'],
    ['ci', 'PUT /v2/team/app/manifests/1.0', 'allowed'],
    ['ci', 'POST /v2/team/app/blobs/uploads/', 'allowed'],
    ['ci', 'PATCH /v2/team/app/blobs/uploads/id?_state=x%3D', 'allowed'],
    ['ci', `PUT /v2/team/app/blobs/uploads/id?digest=${digest}`, 'allowed'],
    ['ci', 'GET /v2/team/app/blobs/uploads/id', 'allowed'],
    ['ci', 'DELETE /v2/team/app/blobs/uploads/id', 'allowed'],
    ['ci', `DELETE /v2/team/app/blobs/${digest}`, 'denied: ci may not delete team/app: no rule allows it'],
    ['ci', 'GET /v2/other/tags/list', 'denied: ci may not pull other: no rule allows it'],
    // A new tag or an overwrite: which of them it is shows only when the manifest comes.
    ['mover', 'PUT /v2/team/app/manifests/1.0', 'allowed'],
    ['mover', 'POST /v2/team/app/blobs/uploads/', 'denied: mover may not push team/app: no rule allows it'],
    ['sweeper', 'DELETE /v2/other/manifests/1.0', 'allowed'],
    ['sweeper', 'GET /v2/other/manifests/1.0', 'denied: sweeper may not pull other: no rule allows it'],
    // To push is to read as well, as in distribution: whether a blob is there already, for instance.
    ['writer', 'POST /v2/other/blobs/uploads/', 'denied: writer may not pull other: no rule allows it'],
    ['nobody', 'GET /v2/base/alpine/manifests/1.0', 'allowed'],
    ['nobody', 'PUT /v2/base/alpine/manifests/1.0', 'denied: anonymous may not push base/alpine: no rule allows it'],
    ['nobody', 'GET /v2/team/app/manifests/1.0', 'denied: anonymous may not pull team/app: no rule allows it'],
    ['ci', 'GET /v2/team/app/_oci/ext/discover', 'not-found: nothing is served under this path'],
    ['ci', 'GET /v2/Team/app/manifests/1.0', 'name-invalid: invalid repository name'],
    ['ci', 'OPTIONS /v2/team/app/manifests/1.0', 'method-not-allowed: the operation is unsupported'],
  ])('%s %s: %s', (who, line, expected) => {
    expect(judge(who, line)).toBe(expected)
  })
})

describe('a mount', () => {
  const uploads = '/v2/team/app/blobs/uploads/'
  const ambiguous = (what: string) => `bad-request: the query has ${what}, which registries read in different ways`
  it.each([
    [`?mount=${digest}&from=team/lib`, 'allowed'],
    [`?mount=${digest}&from=team%2Flib`, 'allowed'],
    [`?mount=sha256%3A${'a'.repeat(64)}&from=base%2Falpine`, 'allowed'],
    [`?mount=${digest}&from=other`, `allowed as ${uploads}`],
    [`?mount=${digest}&from=%6fther`, `allowed as ${uploads}`],
    [`?mount=${digest}`, `allowed as ${uploads}`],
    [`?from=team/lib`, `allowed as ${uploads}`],
    [`?mount=${digest}&from=Team/lib`, `allowed as ${uploads}`],
    [`?mount=nonsense&from=team/lib`, `allowed as ${uploads}`],
    [`?a=%7E&mount=${digest}&&b=+&from=other&c`, `allowed as ${uploads}?a=%7E&b=+&c`],
    [
      `?mount=${digest}&digest=${digest}&digest-algorithm=sha512`,
      `allowed as ${uploads}?digest=${digest}&digest-algorithm=sha512`,
    ],
    [`?mount=${digest}&from=team/lib&from=other`, ambiguous('the parameter from twice')],
    [`?mount=${digest}&mount=${digest}&from=team/lib`, ambiguous('the parameter mount twice')],
    [`?_state=a&_state=b`, ambiguous('the parameter _state twice')],
    [`?mount=${digest}&%66rom=other`, ambiguous('the parameter from in another spelling')],
    [`?mount=${digest}&FROM=other`, ambiguous('the parameter from in another spelling')],
    [`?mount=${digest}&+from=other`, ambiguous('the parameter from in another spelling')],
    [`?mount=${digest}&from%20=other`, ambiguous('the parameter from in another spelling')],
    [`?mount=${digest};from=other`, ambiguous('a semicolon')],
    [`?x=%zz`, ambiguous('a broken escape')],
    [`?x=%ff`, ambiguous('a broken escape')],
  ])('%s: %s', (query, expected) => {
    expect(judge('ci', `POST ${uploads}${query}`)).toBe(expected)
  })

  it.each([
    ['PATCH /v2/team/app/blobs/uploads/id?_state=a&_state=b', 'the parameter _state twice'],
    [`PUT /v2/team/app/blobs/uploads/id?digest=${digest}&digest=${digest}`, 'the parameter digest twice'],
    [`PUT /v2/team/app/manifests/${digest}?t%61g=1.0`, 'the parameter tag in another spelling'],
  ])('and %s are judged alike', (line, what) => {
    expect(judge('ci', line)).toBe(ambiguous(what))
  })

  it('a manifest may get several tags by its query', () => {
    expect(judge('ci', `PUT /v2/team/app/manifests/${digest}?tag=1.0&tag=2.0`)).toBe('allowed')
  })
})

describe('without rules, a mount', () => {
  const uploads = '/v2/team/app/blobs/uploads/'
  const sent = (principal: Principal, query: string) =>
    authorize(null, { principal, scheme: null }, parseRegistryRequest('POST', `${uploads}${query}`), {
      target: uploads,
    }).target
  const withToken: Principal = { kind: 'user', name: 'ci', grants: [] }

  it.each([
    [`?mount=${digest}&from=other`, `${uploads}?mount=${digest}&from=other`],
    [`?mount=${digest}&from=Other/lib`, uploads],
    [`?mount=${digest}&from=host:5000/lib`, uploads],
    [`?mount=${digest}`, uploads],
  ])('%s by a token is sent only where its source can stand in a scope', (query, expected) => {
    expect(sent(withToken, query)).toBe(expected)
    expect(sent(principalOf('ci'), query)).toBe(`${uploads}${query}`)
  })
})

describe('a location that changes the path', () => {
  it('is judged by what the registry gets', () => {
    expect(judge('ci', 'GET /v2/team/app/tags/list', '/hub/v2/secret/tags/list')).toBe('allowed')
    expect(judge('ci', 'GET /v2/secret/tags/list', '/v2/team/app/tags/list')).toBe(
      'denied: ci may not pull secret: no rule allows it',
    )
  })

  it('and makes a registry path something that the rules do not know, is closed', () => {
    const denied = 'denied: access rules cannot judge what this location makes of the path'
    expect(judge('ci', 'GET /registry/v2/secret/tags/list', '/v2/secret/tags/list')).toBe(denied)
    expect(judge('ci', 'GET /registry/v2/secret/tags/list', '/%762/secret/tags/list')).toBe(denied)
  })

  it('for something else than the registry is no matter of rules', () => {
    expect(judge('ci', 'GET /ui/index.html')).toBe('allowed')
  })
})

it('without rules nothing is denied, but what registries read in different ways is refused', () => {
  const asker = { principal: principalOf('ci'), scheme: null }
  const path = parseRegistryRequest('POST', `/v2/other/blobs/uploads/?mount=${digest}&from=secret`)
  expect(authorize(null, asker, path, { target: path.target })).toBe(path)
  const twice = parseRegistryRequest('POST', `/v2/other/blobs/uploads/?mount=${digest}&from=a&from=b`)
  expect(() => authorize(null, asker, twice, { target: twice.target })).toThrow('the parameter from twice')
})
