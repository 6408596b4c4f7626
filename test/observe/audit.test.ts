/** Which requests have a line in the audit log, and what it holds. */
import { describe, expect, it } from 'vitest'
import type { AnsweredRequest } from '../../src/observe/answered-request.js'
import { auditedEvent } from '../../src/observe/audit.js'
import { createEvents } from '../../src/observe/create-events.js'
import { createLogger } from '../../src/observe/logger.js'

const push: AnsweredRequest = {
  method: 'PUT',
  path: '/v2/team/app/manifests/1.0',
  action: 'put-manifest',
  repository: 'team/app',
  reference: '1.0',
  digest: 'sha256:new',
  replaced: null,
  status: 201,
  user: 'alice',
  claimedUser: null,
  address: '192.0.2.7',
  agent: 'docker/27.0',
  received: 1_024,
  bytes: 320,
  milliseconds: 12,
  complete: true,
  error: null,
  refusal: null,
  cause: null,
  access: 'on',
}

describe('a request is audited as', () => {
  it.each<[string, Partial<AnsweredRequest>, string | null]>([
    ['the push of a manifest', {}, 'push'],
    ['a push that moved a tag', { replaced: 'sha256:old' }, 'overwrite'],
    ['a push whose client left before the answer', { status: 0, complete: false }, 'push'],
    ['a push that the registry refused', { status: 400 }, null],
    ['a push that the gate could not pass on', { status: 502, error: 'backend-unreachable' }, null],
    ['a push that the gate had refused when the client left', { status: 0, error: 'busy' }, null],
    ['a blob, which no tag leads to yet', { action: 'finish-upload' }, null],
    ['a cancelled upload', { action: 'cancel-upload', status: 204 }, null],
    ['a pull', { action: 'get-manifest', status: 200 }, null],
    ['a manifest that is deleted', { action: 'delete-manifest', status: 202 }, 'delete'],
    ['a blob that is deleted', { action: 'delete-blob', status: 202 }, 'delete'],
    ['a delete of what is not there', { action: 'delete-manifest', status: 404 }, null],
    ['a wrong password', { status: 401, error: 'credentials-wrong', user: null }, 'login-failure'],
    ['a first request without a password', { status: 401, error: 'credentials-required', user: null }, null],
    ['a refusal of the gate', { status: 403, error: 'denied' }, 'denial'],
    ['a refusal of the gate that a page shows as another status', { status: 404, error: 'denied' }, 'denial'],
    ['a refusal of the registry', { status: 403 }, 'denial'],
    ['a denied pull', { action: 'get-manifest', status: 403 }, 'denial'],
  ])('%s', (_title, change, expected) => {
    expect(auditedEvent({ ...push, ...change })).toBe(expected)
  })
})

function linesOf(request: AnsweredRequest, level = 'info'): Record<string, unknown>[] {
  const lines: string[] = []
  const output = { write: (text: string) => lines.push(text) }
  const events = createEvents(createLogger({ format: 'json', level, colour: false, output }))
  events.requestAnswered({ received: () => 0, sent: () => 0 }, request)
  return lines.map(line => JSON.parse(line))
}

describe('an audit line', () => {
  it('says who did what to what, from where and with what', () => {
    const [, line] = linesOf({ ...push, replaced: 'sha256:old' })
    expect(line).toEqual({
      level: 'info',
      time: expect.any(String),
      msg: 'audit',
      event: 'overwrite',
      user: 'alice',
      address: '192.0.2.7',
      method: 'PUT',
      action: 'put-manifest',
      repository: 'team/app',
      reference: '1.0',
      digest: 'sha256:new',
      replaced: 'sha256:old',
      status: 201,
      received: 1_024,
      bytes: 320,
      agent: 'docker/27.0',
    })
  })

  it('names the user that a wrong password was given for, where there is one', () => {
    const failure = { ...push, status: 401, user: null, error: 'credentials-wrong' }
    expect(linesOf({ ...failure, claimedUser: 'alice' })[1]).toMatchObject({ event: 'login-failure', user: 'alice' })
    expect(linesOf(failure)[1]).not.toHaveProperty('user')
  })

  it('says why something was denied, in the words that the client got', () => {
    const refusal = 'alice may not overwrite team/app:1.0: no rule allows it'
    for (const [status, error] of [
      [403, 'denied'],
      [401, 'denied-by-challenge'],
      [403, 'tag-immutable'],
    ] as const)
      expect(linesOf({ ...push, status, error, refusal })[1]).toMatchObject({ event: 'denial', reason: refusal })
    // The registry's own words have gone by.
    expect(linesOf({ ...push, status: 403 })[1]).not.toHaveProperty('reason')
  })

  it('says no more of a failed login than that it failed', () => {
    const failure = { ...push, status: 401, error: 'credentials-wrong', refusal: 'user name or password is wrong' }
    expect(linesOf(failure)[1]).toMatchObject({ event: 'login-failure', reason: 'wrong' })
  })

  it('is written where the access log is off', () => {
    expect(linesOf({ ...push, access: 'off' }).map(({ msg }) => msg)).toEqual(['audit'])
  })

  it.each([
    ['a denial', { status: 403 }, 'warn', ['audit']],
    ['a push', {}, 'warn', []],
    ['a push', {}, 'info', ['request', 'audit']],
  ])('of %s with status %j is there at level %s: %j', (_what, change, level, expected) => {
    expect(linesOf({ ...push, ...change }, level).map(({ msg }) => msg)).toEqual(expected)
  })
})

it.each([
  ['info', []],
  ['debug', ['debug']],
])('a probe that succeeds has its line at level %s: %j', (level, expected) => {
  const probe: AnsweredRequest = { ...push, action: 'health', status: 200, access: 'quiet' }
  expect(linesOf(probe, level).map(line => line.level)).toEqual(expected)
})
