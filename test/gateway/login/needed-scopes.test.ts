/** `METHOD target -> scopes`: what a token has to grant. */
import { expect, it } from 'vitest'
import { neededScopes } from '../../../src/gateway/login/needed-scopes.js'
import { parseRegistryRequest } from '../../../src/gateway/registry-request.js'
import { scopeText } from '../../../src/token/scope.js'

const table = `
GET /v2/ ->
GET /v2/_catalog?n=5 -> registry:catalog:*
GET /v2/a/tags/list -> repository:a:pull
GET /v2/team/app/manifests/1.0 -> repository:team/app:pull
HEAD /v2/team/app/blobs/sha256:aa -> repository:team/app:pull
GET /v2/team/app/referrers/sha256:aa -> repository:team/app:pull
PUT /v2/team/app/manifests/1.0 -> repository:team/app:pull,push
DELETE /v2/team/app/manifests/sha256:aa -> repository:team/app:delete
DELETE /v2/team/app/blobs/sha256:aa -> repository:team/app:delete
POST /v2/team/app/blobs/uploads/ -> repository:team/app:pull,push
GET /v2/team/app/blobs/uploads/1 -> repository:team/app:pull
PATCH /v2/team/app/blobs/uploads/1 -> repository:team/app:pull,push
PUT /v2/team/app/blobs/uploads/1?digest=sha256:aa -> repository:team/app:pull,push
DELETE /v2/team/app/blobs/uploads/1 -> repository:team/app:pull,push
POST /v2/a/blobs/uploads/?mount=sha256:aa&from=b -> repository:a:pull,push repository:b:pull
POST /v2/a/blobs/uploads/?from=b&mount=sha256:aa -> repository:a:pull,push repository:b:pull
POST /v2/a/blobs/uploads/?mount=sha256:aa&%66rom=b -> repository:a:pull,push repository:b:pull
POST /v2/a/blobs/uploads/?mount=sha256:aa&from=a -> repository:a:pull,push
POST /v2/a/blobs/uploads/?mount=sha256:aa -> repository:a:pull,push
POST /v2/a/blobs/uploads/?mount=sha256:aa&from=NO -> repository:a:pull,push
GET /v2/a/tags/list?from=b&mount=sha256:aa -> repository:a:pull
POST /v2/a/tags/list ->
GET /elsewhere ->
`

it.each(table.trim().split('\n'))('%s', line => {
  const [asked = '', scopes = ''] = line.split(/ -> ?/)
  const [method = '', target = ''] = asked.split(' ')
  expect(scopeText(neededScopes(parseRegistryRequest(method, target)))).toBe(scopes)
})
