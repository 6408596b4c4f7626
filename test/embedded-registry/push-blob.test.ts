/** How blobs get in: every way the OCI distribution specification names, and what is refused. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { digestOf, pushBlob, type ServedRegistry, serveRegistry, startUpload } from './serve-registry.js'

let registry: ServedRegistry
beforeEach(async () => {
  registry = await serveRegistry({ now: () => new Date('2026-11-21T06:00:00.123Z') })
})
afterEach(async () => {
  expect(registry.faults).toEqual([])
  await registry.close()
})

const content = 'the bytes of a layer'
const digest = digestOf(content)
const hex = digest.slice('sha256:'.length)
const blobPath = `blobs/sha256/${hex.slice(0, 2)}/${hex}/data`

type Push = (repository: string) => Promise<{ status: number; headers: { location?: string | undefined } }>
const ways: Readonly<Record<string, Push>> = {
  'POST with the digest': r => registry.call('POST', `/v2/${r}/blobs/uploads/?digest=${digest}`, { body: content }),
  'POST, PUT with the body': async r =>
    registry.call('PUT', `${await startUpload(registry, r)}?digest=${digest}`, { body: content }),
  'POST, PUT with a chunked body': async r =>
    registry.call('PUT', `${await startUpload(registry, r)}?digest=${digest}`, { body: content, chunked: true }),
  'POST, PATCH, PUT': async r => {
    const location = await startUpload(registry, r)
    await registry.call('PATCH', location, { body: content })
    return registry.call('PUT', `${location}?digest=${digest}`)
  },
  'POST, chunked PATCH, PUT': async r => {
    const location = await startUpload(registry, r)
    await registry.call('PATCH', location, { body: content, chunked: true })
    return registry.call('PUT', `${location}?digest=${digest}`)
  },
  'POST, PATCH twice with Content-Range, PUT with the last chunk': async r => {
    const location = await startUpload(registry, r)
    for (const [start, end] of [
      [0, 3],
      [4, 8],
    ] as const) {
      const chunk = { body: content.slice(start, end + 1), headers: { 'Content-Range': `${start}-${end}` } }
      const answer = await registry.call('PATCH', location, chunk)
      expect([answer.status, answer.headers.range]).toEqual([202, `0-${end}`])
    }
    const last = { body: content.slice(9), headers: { 'Content-Range': `9-${content.length - 1}` } }
    return registry.call('PUT', `${location}?digest=${digest}`, last)
  },
  'mount from another repository': async r => {
    await pushBlob(registry, 'library/source', content)
    return registry.call('POST', `/v2/${r}/blobs/uploads/?mount=${digest}&from=library/source`)
  },
}

describe('a blob is stored in the layout of registry:2', () => {
  test.each(Object.keys(ways))('%s', async way => {
    const answer = await ways[way]?.('team/app')
    expect([answer?.status, answer?.headers.location]).toEqual([201, `/v2/team/app/blobs/${digest}`])
    const files = await registry.files()
    expect(files.filter(file => !file.includes('library'))).toEqual([
      blobPath,
      `repositories/team/app/_layers/sha256/${hex}/link`,
    ])
    const read = (path: string) => readFile(join(registry.root, 'docker/registry/v2', path), 'utf8')
    expect(await read(blobPath)).toBe(content)
    expect(await read(`repositories/team/app/_layers/sha256/${hex}/link`)).toBe(digest)
    expect((await registry.call('GET', `/v2/team/app/blobs/${digest}`)).text).toBe(content)
  })

  test('the empty blob', async () => {
    const empty = await pushBlob(registry, 'team/app', '')
    const answer = await registry.call('GET', `/v2/team/app/blobs/${empty}`)
    expect([answer.status, answer.headers['content-length'], answer.text]).toEqual([200, '0', ''])
  })

  test('a sha512 digest is an alias of the canonical one, as in distribution', async () => {
    const long = digestOf(content, 'sha512')
    const location = await startUpload(registry, 'team/app')
    await registry.call('PATCH', location, { body: content.slice(0, 5) })
    const put = await registry.call('PUT', `${location}?digest=${long}`, { body: content.slice(5) })
    expect([put.status, put.headers['docker-content-digest']]).toEqual([201, long])
    expect(await registry.files()).toContain(blobPath)
    for (const name of [long, digest]) {
      const answer = await registry.call('GET', `/v2/team/app/blobs/${name}`)
      expect([answer.text, answer.headers['docker-content-digest']]).toEqual([content, name])
    }
    await registry.call('DELETE', `/v2/team/app/blobs/${digest}`)
    expect((await registry.call('GET', `/v2/team/app/blobs/${long}`)).status).toBe(404)
  })
})

describe('an upload in progress', () => {
  test('tells its place, how far it is and its id', async () => {
    const started = await registry.call('POST', '/v2/team/app/blobs/uploads/')
    const id = started.headers['docker-upload-uuid']
    const location = `/v2/team/app/blobs/uploads/${id}`
    const told = { location, range: '0-0', 'docker-upload-uuid': id, 'content-length': '0' }
    expect([started.status, started.headers]).toEqual([202, expect.objectContaining(told)])
    await registry.call('PATCH', location, { body: content })
    for (const method of ['GET', 'HEAD']) {
      const status = await registry.call(method, location)
      expect([status.status, status.headers.range, status.headers.location]).toEqual([
        204,
        `0-${content.length - 1}`,
        location,
      ])
    }
    const startedAt = join(registry.root, `docker/registry/v2/repositories/team/app/_uploads/${id}/startedat`)
    expect(await readFile(startedAt, 'utf8')).toBe('2026-11-21T06:00:00Z')
  })

  test('goes on in another process, which reads again what it has not seen', async () => {
    const other = await serveRegistry({ root: registry.root })
    const location = await startUpload(registry, 'team/app')
    await registry.call('PATCH', location, { body: content.slice(0, 7) })
    await other.call('PATCH', location, { body: content.slice(7, 9) })
    expect((await registry.call('PUT', `${location}?digest=${digest}`, { body: content.slice(9) })).status).toBe(201)
    await other.close()
  })

  test('is gone when it is cancelled', async () => {
    const location = await startUpload(registry, 'team/app')
    await registry.call('PATCH', location, { body: content })
    expect((await registry.call('DELETE', location)).status).toBe(204)
    expect(await registry.files()).toEqual([])
    for (const method of ['GET', 'PATCH', 'DELETE']) {
      expect((await registry.call(method, location)).status).toBe(404)
    }
  })

  test.each([
    ['mount without from', `mount=${digest}`],
    ['mount of what the source does not have', `mount=${digest}&from=library/none`],
    ['mount from what is no repository', `mount=${digest}&from=../../etc`],
    ['mount of what is no digest', 'mount=sha256:1&from=library/source'],
  ])('%s becomes a normal upload', async (_, query) => {
    const answer = await registry.call('POST', `/v2/team/app/blobs/uploads/?${query}`)
    expect([answer.status, answer.headers.range]).toEqual([202, '0-0'])
  })

  test('is deleted after a week by the next push to its repository', async () => {
    await startUpload(registry, 'team/app')
    const later = await serveRegistry({ root: registry.root, now: () => new Date('2026-11-28T06:00:01Z') })
    const location = await startUpload(later, 'team/app')
    const left = (await registry.files()).filter(file => file.endsWith('startedat'))
    expect(left).toEqual([`repositories/${location.slice(4).replace('blobs/uploads', '_uploads')}/startedat`])
    await later.close()
  })
})

describe('what is refused', () => {
  const wrong = digestOf('something else')
  test('POST with a wrong digest leaves nothing', async () => {
    const answer = await registry.call('POST', `/v2/team/app/blobs/uploads/?digest=${wrong}`, { body: content })
    expect([answer.status, JSON.parse(answer.text).errors[0].code]).toEqual([400, 'DIGEST_INVALID'])
    expect(await registry.files()).toEqual([])
  })

  test('PUT with a wrong digest leaves nothing, not even the upload', async () => {
    const location = await startUpload(registry, 'team/app')
    await registry.call('PATCH', location, { body: content })
    expect((await registry.call('PUT', `${location}?digest=${wrong}`)).status).toBe(400)
    expect(await registry.files()).toEqual([])
  })

  test.each([
    ['a missing digest', '', 400],
    ['an unknown algorithm', '?digest=md5:d41d8cd98f00b204e9800998ecf8427e', 400],
    ['upper case', `?digest=${digest.toUpperCase().replace('SHA', 'sha')}`, 400],
  ])('PUT with %s keeps the upload', async (_, query, status) => {
    const location = await startUpload(registry, 'team/app')
    await registry.call('PATCH', location, { body: content })
    expect((await registry.call('PUT', `${location}${query}`)).status).toBe(status)
    expect((await registry.call('GET', location)).headers.range).toBe(`0-${content.length - 1}`)
  })

  test.each([
    ['a gap', '7-9', '3 b', 416],
    ['an overlap', '0-2', '3 b', 416],
    ['no range', 'bytes', '3 b', 416],
    ['a shorter body', '4-9', '3 b', 400],
    ['a longer body', '4-5', '3 b', 400],
  ])('PATCH with %s changes nothing', async (_, range, body, status) => {
    const location = await startUpload(registry, 'team/app')
    await registry.call('PATCH', location, { body: 'abcd' })
    for (const chunked of [false, true]) {
      const answer = await registry.call('PATCH', location, { body, chunked, headers: { 'Content-Range': range } })
      expect(answer.status).toBe(status)
      if (status === 416) expect(answer.headers).toMatchObject({ range: '0-3', location })
    }
    expect((await registry.call('GET', location)).headers.range).toBe('0-3')
    expect((await registry.call('PUT', `${location}?digest=${digestOf('abcd')}`)).status).toBe(201)
  })

  test.each(['11111111-1111-4111-8111-111111111111', '..', '.', '...', '.hidden', 'a=b'])(
    'the unknown upload %s',
    async id => {
      for (const method of ['GET', 'PATCH', 'PUT', 'DELETE']) {
        const path = `/v2/team/app/blobs/uploads/${id}?digest=${digest}`
        const answer = await registry.call(method, path, { body: content })
        expect([answer.status, JSON.parse(answer.text).errors[0].code]).toEqual([404, 'BLOB_UPLOAD_UNKNOWN'])
      }
    },
  )
})
