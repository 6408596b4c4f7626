/** What a report of a worker that stands still says of its requests: counts, methods, classes of paths and ages. */
import { describe, expect, it, test } from 'vitest'
import { readActivity, recordActivity } from '../../../src/server/worker/activity.js'

const record = () => {
  const activity = recordActivity()
  const { describe: told } = readActivity(activity.memory)
  return { ...activity, told: () => told(10, 1) }
}

describe('the class of a request', () => {
  test.each([
    ['GET', '/', 'GET another path'],
    ['GET', '/v2/', 'GET /v2/'],
    ['GET', '/v2/_catalog?n=10', 'GET /v2/_catalog'],
    ['GET', '/v2/team/app/tags/list', 'GET /v2/NAME/tags/list'],
    ['PUT', '/v2/blobs/manifests/latest', 'PUT /v2/NAME/manifests/REFERENCE'],
    ['HEAD', '/v2/manifests/blobs/sha256:1', 'HEAD /v2/NAME/blobs/DIGEST'],
    ['POST', '/v2/team/app/blobs/uploads/?mount=a/manifests/b', 'POST /v2/NAME/blobs/uploads/ID'],
    ['PATCH', '/v2/team/app/blobs/uploads/1', 'PATCH /v2/NAME/blobs/uploads/ID'],
    ['GET', '/v2/team/app/referrers/sha256:1', 'GET /v2/NAME/referrers/DIGEST'],
    ['DELETE', '/v2/secret/name', 'DELETE /v2/NAME'],
    ['GET', 'https://gate/v2/', 'GET another path'],
    ['PROPFIND', '/v2/', 'another method /v2/'],
  ])('of %s %s is %s', (method, target, name) => {
    const activity = record()
    activity.serves()
    activity.begin(method, target)
    expect(activity.told()).toBe(`1 request under way: ${name} for 10 s`)
  })
})

it('a worker that does not serve yet is starting', () => expect(record().told()).toBe('starting'))

it('the last request is the one that was begun or ended last, the oldest the one that has been under way for longest', () => {
  const activity = record()
  activity.serves()
  expect(activity.told()).toBe('no request under way')
  const upload = activity.begin('PATCH', '/v2/a/blobs/uploads/1')
  for (let beat = 0; beat < 300; beat++) activity.beat()
  const [catalog, tags] = [activity.begin('GET', '/v2/_catalog'), activity.begin('GET', '/v2/a/tags/list')]
  const oldest = 'the oldest one PATCH /v2/NAME/blobs/uploads/ID for 310 s'
  expect(activity.told()).toBe(`3 requests under way, the last one GET /v2/NAME/tags/list for 10 s, ${oldest}`)
  activity.touch(catalog)
  expect(activity.told()).toBe(`3 requests under way, the last one GET /v2/_catalog for 10 s, ${oldest}`)
  activity.end(upload)
  activity.end(tags)
  expect(activity.told()).toBe('1 request under way: GET /v2/_catalog for 10 s')
  activity.end(catalog)
  expect(activity.told()).toBe('no request under way')
})
