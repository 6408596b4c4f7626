/** How blobs get out: whole, in ranges, not at all. */
import { rm, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { digestOf, pushBlob, type ServedRegistry, serveRegistry } from './serve-registry.js'

let registry: ServedRegistry
const content = '0123456789'
const digest = digestOf(content)
const path = `/v2/team/app/blobs/${digest}`
beforeAll(async () => {
  registry = await serveRegistry()
  await pushBlob(registry, 'team/app', content)
})
afterAll(() => registry.close())

const common = { 'docker-content-digest': digest, etag: `"${digest}"`, 'accept-ranges': 'bytes' }

test('GET and HEAD name length, digest and entity tag', async () => {
  const whole = { ...common, 'content-length': '10', 'content-type': 'application/octet-stream' }
  const get = await registry.call('GET', path)
  expect([get.status, get.text, get.headers]).toEqual([200, content, expect.objectContaining(whole)])
  const head = await registry.call('HEAD', path, { headers: { Range: 'bytes=0-1' } })
  expect([head.status, head.text, head.headers]).toEqual([200, '', expect.objectContaining(whole)])
})

describe('Range', () => {
  test.each([
    ['bytes=0-3', '0123', 'bytes 0-3/10'],
    ['bytes=7-', '789', 'bytes 7-9/10'],
    ['bytes=-2', '89', 'bytes 8-9/10'],
    ['bytes=-99', content, 'bytes 0-9/10'],
    ['bytes=8-99', '89', 'bytes 8-9/10'],
    ['bytes=4-4,90-99', '4', 'bytes 4-4/10'],
  ])('%s -> 206 %s', async (range, text, contentRange) => {
    const answer = await registry.call('GET', path, { headers: { Range: range } })
    expect([answer.status, answer.text]).toEqual([206, text])
    expect(answer.headers).toMatchObject({
      ...common,
      'content-range': contentRange,
      'content-length': String(text.length),
    })
  })

  test.each(['bytes=10-', 'bytes=99-100', 'bytes=-0'])('%s -> 416', async range => {
    const answer = await registry.call('GET', path, { headers: { Range: range } })
    expect([answer.status, answer.headers['content-range']]).toEqual([416, 'bytes */10'])
  })

  test.each(['bytes=', 'bytes=a-b', 'bytes=5-2', 'bytes=-', 'lines=1-2', 'bytes=0-9,0-9', '0-3'])(
    '%s -> ignored',
    async range => {
      const answer = await registry.call('GET', path, { headers: { Range: range } })
      expect([answer.status, answer.text]).toEqual([200, content])
    },
  )

  test('several ranges come as multipart/byteranges', async () => {
    const answer = await registry.call('GET', path, { headers: { Range: 'bytes=0-1, 4-4,-2' } })
    expect(answer.status).toBe(206)
    const [type, boundary] = answer.headers['content-type']?.split('; boundary=') ?? []
    expect(type).toBe('multipart/byteranges')
    expect(answer.headers['content-length']).toBe(String(answer.body.length))
    const part = (range: string, text: string) =>
      `--${boundary}\r\nContent-Type: application/octet-stream\r\nContent-Range: bytes ${range}/10\r\n\r\n${text}\r\n`
    expect(answer.text).toBe(`${part('0-1', '01')}${part('4-4', '4')}${part('8-9', '89')}--${boundary}--\r\n`)
  })

  test.each([
    [`"${digest}"`, 206],
    ['"another"', 200],
    ['Wed, 21 Oct 2026 07:28:00 GMT', 200],
  ])('If-Range: %s -> %i', async (condition, status) => {
    const answer = await registry.call('GET', path, { headers: { Range: 'bytes=0-3', 'If-Range': condition } })
    expect(answer.status).toBe(status)
  })
})

test.each([
  [`"${digest}"`, 304],
  [`W/"${digest}"`, 304],
  [digest, 304],
  [`"x", "${digest}"`, 304],
  ['*', 304],
  ['"x"', 200],
])('If-None-Match: %s -> %i', async (tag, status) => {
  const answer = await registry.call('GET', path, { headers: { 'If-None-Match': tag } })
  expect([answer.status, answer.text]).toEqual([status, status === 304 ? '' : content])
})

describe('what is not there', () => {
  test.each([
    ['GET', '/v2/team/other/blobs/', digest, 404, 'BLOB_UNKNOWN'],
    ['GET', '/v2/team/app/blobs/', digestOf('x'), 404, 'BLOB_UNKNOWN'],
    ['DELETE', '/v2/team/app/blobs/', digestOf('x'), 404, 'BLOB_UNKNOWN'],
    ['GET', '/v2/team/app/blobs/', 'sha256:abc', 400, 'DIGEST_INVALID'],
    ['GET', '/v2/team/app/blobs/', 'blake3:abc', 400, 'DIGEST_INVALID'],
  ])('%s %s%s -> %i %s', async (method, folder, name, status, code) => {
    const answer = await registry.call(method, folder + name)
    expect([answer.status, JSON.parse(answer.text).errors[0].code]).toEqual([status, code])
  })

  test('what is no digest is not said to be a wrong one', async () => {
    const answer = await registry.call('GET', '/v2/team/app/blobs/uploads')
    expect([answer.status, JSON.parse(answer.text).errors[0].message]).toEqual([400, 'invalid digest'])
  })

  test('a deleted blob is gone from this repository only', async () => {
    await pushBlob(registry, 'team/first', 'shared')
    await pushBlob(registry, 'team/second', 'shared')
    const name = digestOf('shared')
    expect((await registry.call('DELETE', `/v2/team/first/blobs/${name}`)).status).toBe(202)
    expect((await registry.call('GET', `/v2/team/first/blobs/${name}`)).status).toBe(404)
    expect((await registry.call('GET', `/v2/team/second/blobs/${name}`)).text).toBe('shared')
    await pushBlob(registry, 'team/first', 'shared')
    expect((await registry.call('HEAD', `/v2/team/first/blobs/${name}`)).status).toBe(200)
  })

  test('a link without its bytes is no blob', async () => {
    const name = await pushBlob(registry, 'team/app', 'lost')
    const hex = name.slice(7)
    await rm(join(registry.root, 'docker/registry/v2/blobs/sha256', hex.slice(0, 2), hex), { recursive: true })
    expect((await registry.call('GET', `/v2/team/app/blobs/${name}`)).status).toBe(404)
    const mount = `/v2/team/b/blobs/uploads/?mount=${name}&from=team/app`
    expect((await registry.call('POST', mount)).status).toBe(202)
  })
})

test('a file that shrinks while it is sent breaks the transfer instead of ending it', async () => {
  const bytes = Buffer.alloc(8 * 1024 * 1024, 'x')
  const name = await pushBlob(registry, 'team/app', bytes)
  const file = join(registry.root, 'docker/registry/v2/blobs/sha256', name.slice(7, 9), name.slice(7), 'data')
  const response = await fetch(`http://127.0.0.1:${registry.port}/v2/team/app/blobs/${name}`)
  await truncate(file, 1024)
  await expect(response.arrayBuffer()).rejects.toThrow()
  await registry.settled()
  expect(registry.faults).toEqual([expect.stringContaining('before the end of what was promised')])
})
