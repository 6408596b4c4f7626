/** What a token of the backend has to cover, request by request. */
import { expect, it } from 'vitest'
import { upstreamScopes } from '../../../src/gateway/answerers/upstream-scopes.js'
import { parseOperation } from '../../../src/registry-api/operation.js'

const digest = `sha256:${'0'.repeat(64)}`

it.each([
  ['GET /v2/', []],
  ['GET /v2/_catalog?n=10', ['registry:catalog:*']],
  ['GET /v2/team/app/tags/list', ['repository:team/app:pull']],
  ['HEAD /v2/team/app/manifests/1.0?ns=docker.io', ['repository:team/app:pull']],
  ['PUT /v2/team/app/manifests/1.0', ['repository:team/app:pull,push']],
  [`DELETE /v2/team/app/manifests/${digest}`, ['repository:team/app:delete']],
  [`GET /v2/team/app/blobs/${digest}`, ['repository:team/app:pull']],
  ['POST /v2/team/app/blobs/uploads/', ['repository:team/app:pull,push']],
  [
    `POST /v2/team/app/blobs/uploads/?mount=${digest}&from=base%2Flinux`,
    ['repository:team/app:pull,push', 'repository:base/linux:pull'],
  ],
  [`POST /v2/team/app/blobs/uploads/?mount=${digest}&from=a:pull repository:secret`, ['repository:team/app:pull,push']],
  [`GET /v2/team/app/blobs/${digest}?from=base/linux`, ['repository:team/app:pull']],
  ['PATCH /v2/team/app/blobs/uploads/1-2?_state=x', ['repository:team/app:pull,push']],
  ['DELETE /v2/team/app/blobs/uploads/1-2?_state=x', ['repository:team/app:pull,push,delete']],
  ['GET /v2/team/app/unheard-of', []],
])('%s', (request, scopes) => {
  const [method = '', target = ''] = request.split(/ (.*)/)
  const [path = '', query = ''] = target.split(/\?(.*)/)
  expect(upstreamScopes({ operation: parseOperation(method, path), query })).toEqual(scopes)
})

it('a path outside the registry has none', () => expect(upstreamScopes({ operation: null, query: '' })).toEqual([]))
