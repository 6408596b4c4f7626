/** Which requests wait for their turn, because they cost much work: those that look through a whole repository or registry. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { noRules } from '../../src/registry-api/rules.js'
import {
  digestOf,
  ociManifestType,
  type PushedManifest,
  pushImage,
  type ServedRegistry,
  serveRegistry,
} from './serve-registry.js'

let registry: ServedRegistry
let image: PushedManifest
let waited = 0
beforeAll(async () => {
  const runExpensive = (work: () => Promise<void>) => {
    waited++
    return work()
  }
  registry = await serveRegistry({ rules: { ...noRules, runExpensive } })
  image = await pushImage(registry, 'team/app', '1.0')
})
afterAll(() => registry.close())

test.each([
  ['GET', '/v2/_catalog', 200, 1],
  ['GET', '/v2/team/app/tags/list', 200, 1],
  ['GET', '/v2/team/app/referrers/IMAGE', 200, 1],
  ['PUT', '/v2/team/app/manifests/2.0', 201, 1],
  ['DELETE', '/v2/team/app/manifests/2.0', 202, 1],
  ['DELETE', '/v2/team/app/manifests/NONE', 404, 1],
  ['GET', '/v2/', 200, 0],
  ['GET', '/v2/team/app/manifests/1.0', 200, 0],
  ['HEAD', '/v2/team/app/manifests/IMAGE', 200, 0],
  ['GET', '/v2/team/app/blobs/NONE', 404, 0],
  ['POST', '/v2/team/app/blobs/uploads/', 202, 0],
])('%s %s: %i, and waits %i times', async (method, path, status, times) => {
  const put = method === 'PUT' ? { body: image.text, headers: { 'Content-Type': ociManifestType } } : {}
  waited = 0
  const target = path.replace('IMAGE', image.digest).replace('NONE', digestOf('nothing'))
  expect((await registry.call(method, target, put)).status).toBe(status)
  expect(waited).toBe(times)
})
