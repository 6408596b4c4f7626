/** What a registry that is read-only refuses, and what it says. */
import { describe, expect, it } from 'vitest'
import { RequestError } from '../../../src/errors/request-error.js'
import type { ReadOnly } from '../../../src/gateway/model.js'
import { parseRegistryRequest } from '../../../src/gateway/registry-request.js'
import { refusal } from '../../../src/gateway/respond.js'
import { refuseWrites } from '../../../src/gateway/rules/read-only.js'

const digest = `sha256:${'a'.repeat(64)}`

/** What becomes of `PUT /v2/...`: `passes`, or the refusal. Behind `->` stands what the configuration makes of the path. */
function ask(request: string, readOnly: ReadOnly | null): RequestError | 'passes' {
  const [method = '', target = '', , rewritten = target] = request.split(' ')
  try {
    refuseWrites(readOnly, { method, target }, parseRegistryRequest(method, rewritten).operation)
    return 'passes'
  } catch (error) {
    if (error instanceof RequestError) return error
    throw error
  }
}

const pushesAndDeletes = [
  'POST /v2/team/app/blobs/uploads/',
  `POST /v2/team/app/blobs/uploads/?mount=${digest}&from=team/base`,
  'PATCH /v2/team/app/blobs/uploads/0a1b',
  `PUT /v2/team/app/blobs/uploads/0a1b?digest=${digest}`,
  'PUT /v2/team/app/manifests/1.0',
  `PUT /v2/team/app/manifests/${digest}`,
  'DELETE /v2/team/app/manifests/1.0',
  `DELETE /v2/team/app/manifests/${digest}`,
  `DELETE /v2/team/app/blobs/${digest}`,
  // Names and paths that mean nothing here may mean something to a registry behind.
  'PUT /v2/Team/App/manifests/1.0',
  'POST /v2/team/app/blobs/uploads',
  'DELETE /v2/team/app',
  // So may what an nginx.conf makes of them.
  'PUT /v2/team/app/manifests/1.0 -> /registry/team/app/manifests/1.0',
  'PUT /images/team/app/1.0 -> /v2/team/app/manifests/1.0',
]

const others = [
  'GET /v2/',
  'GET /v2/_catalog',
  'GET /v2/team/app/tags/list',
  'GET /v2/team/app/manifests/1.0',
  `HEAD /v2/team/app/manifests/${digest}`,
  `GET /v2/team/app/blobs/${digest}`,
  `GET /v2/team/app/referrers/${digest}`,
  'GET /v2/team/app/blobs/uploads/0a1b',
  'DELETE /v2/team/app/blobs/uploads/0a1b',
  'GET /v2/Team/App/manifests/1.0',
  'OPTIONS /v2/team/app/manifests/1.0',
  'PUT /ui/settings',
  'POST /auth/login -> /ui/login',
  'GET /v2/team/app/manifests/1.0 -> /registry/team/app/manifests/1.0',
]

describe('while the registry is read-only', () => {
  it.each(pushesAndDeletes)('refused: %s', request => {
    expect(ask(request, { reason: null })).toMatchObject({ code: 'read-only', status: 503 })
  })
  it.each(others)('passes: %s', request => {
    expect(ask(request, { reason: null })).toBe('passes')
  })
})

it.each([...pushesAndDeletes, ...others])('otherwise passes: %s', request => {
  expect(ask(request, null)).toBe('passes')
})

describe('what clients are told', () => {
  const told = (reason: string | null) => refusal(ask('PUT /v2/team/app/manifests/1.0', { reason }))

  it('is the reason, in the body and in the status line, and when to ask again', () => {
    const message = 'the registry is read-only at the moment: garbage collection until 10:30'
    const answer = told('garbage collection until 10:30')
    expect(answer).toMatchObject({ status: 503, reasonPhrase: message })
    expect(JSON.parse(answer.body)).toEqual({ errors: [{ code: 'UNAVAILABLE', message, detail: null }] })
    expect(answer.headers).toContainEqual({ name: 'Retry-After', value: '60' })
  })

  it('is that it is read-only where nobody gave a reason', () => {
    expect(told(null).reasonPhrase).toBe('the registry is read-only at the moment')
  })

  it('has plain characters only in the status line', () => {
    const answer = told('Größe prüfen 🧹')
    expect(answer.reasonPhrase).toBe('the registry is read-only at the moment: Gr??e pr?fen ?')
    expect(answer.body).toContain('Größe prüfen 🧹')
  })
})
