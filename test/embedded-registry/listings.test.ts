/** The lists: tags, repositories, referrers. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  digestOf,
  ociIndexType,
  ociManifestType,
  pushBlob,
  pushImage,
  type ServedRegistry,
  serveRegistry,
  startUpload,
} from './serve-registry.js'

let registry: ServedRegistry
beforeAll(async () => {
  registry = await serveRegistry()
})
afterAll(async () => {
  expect(registry.faults).toEqual([])
  await registry.close()
})

const get = async (path: string) => {
  const answer = await registry.call('GET', path)
  return { status: answer.status, link: answer.headers.link, json: JSON.parse(answer.text) }
}

test('the version check', async () => {
  for (const method of ['GET', 'HEAD']) {
    const answer = await registry.call(method, '/v2/')
    expect([answer.status, answer.headers['content-type']]).toEqual([200, 'application/json'])
    if (method === 'GET') expect(JSON.parse(answer.text)).toEqual({})
  }
})

describe('tags', () => {
  beforeAll(async () => {
    for (const tag of ['b', 'a', 'B', '1.10', '1.9', '_x']) await pushImage(registry, 'list/tags', tag)
  })
  const next = (last: string, n: number) => `</v2/list/tags/tags/list?last=${last}&n=${n}>; rel="next"`
  test.each([
    ['', ['1.10', '1.9', 'B', '_x', 'a', 'b'], undefined],
    ['?n=2', ['1.10', '1.9'], next('1.9', 2)],
    ['?n=2&last=1.9', ['B', '_x'], next('_x', 2)],
    ['?n=2&last=_x', ['a', 'b'], undefined],
    ['?n=100000', ['1.10', '1.9', 'B', '_x', 'a', 'b'], undefined],
    ['?n=99', ['1.10', '1.9', 'B', '_x', 'a', 'b'], undefined],
    ['?last=C', ['_x', 'a', 'b'], undefined],
    ['?last=zz', [], undefined],
    ['?n=0', [], undefined],
  ])('tags/list%s -> %j', async (query, tags, link) => {
    expect(await get(`/v2/list/tags/tags/list${query}`)).toEqual({
      status: 200,
      link,
      json: { name: 'list/tags', tags },
    })
  })

  test.each(['-1', 'x', '1e3', '1.5', '0x10'])('n=%s -> 400', async n => {
    const { status, json } = await get(`/v2/list/tags/tags/list?n=${n}`)
    expect([status, json.errors[0].code]).toEqual([400, 'PAGINATION_NUMBER_INVALID'])
  })

  test('of an unknown repository -> 404', async () => {
    const { status, json } = await get('/v2/list/none/tags/list')
    expect([status, json.errors[0].code]).toEqual([404, 'NAME_UNKNOWN'])
  })
})

describe('repositories', () => {
  let catalog: ServedRegistry
  const all = ['a', 'a-b', 'a/b', 'a/b/c', 'a/c', 'a0', 'b/only/deep', 'z']
  beforeAll(async () => {
    catalog = await serveRegistry()
    for (const name of all) await pushBlob(catalog, name, 'x')
    await startUpload(catalog, 'c/unfinished')
    await mkdir(join(catalog.root, 'docker/registry/v2/repositories/lost+found/_layers'), { recursive: true })
  })
  afterAll(() => catalog.close())
  const list = async (query: string) => {
    const answer = await catalog.call('GET', `/v2/_catalog${query}`)
    return { names: JSON.parse(answer.text).repositories, link: answer.headers.link }
  }

  test('come in ASCII order, without folders that are none', async () => {
    expect(await list('')).toEqual({ names: all, link: undefined })
    expect(all).toEqual([...all].sort())
  })

  test.each([1, 2, 3, 7, 8])('come complete when the Link is followed by %i', async n => {
    const seen: string[] = []
    let query = `?n=${n}`
    for (let pages = 0; pages < 20 && query !== ''; pages++) {
      const { names, link } = await list(query)
      expect(names.length).toBeLessThanOrEqual(n)
      seen.push(...names)
      query = /^<\/v2\/_catalog(\?last=[^&>]+&n=\d+)>; rel="next"$/.exec(String(link))?.[1] ?? ''
    }
    expect(seen).toEqual(all)
  })

  test.each<[string, string[]]>([
    ['?last=a/bb', ['a/c', 'a0', 'b/only/deep', 'z']],
    ['?last=a/b/', ['a/b/c', 'a/c', 'a0', 'b/only/deep', 'z']],
    ['?last=b/only/deep', ['z']],
    ['?n=0', []],
    ['?n=100000', all],
  ])('_catalog%s -> %j', async (query, names) => {
    expect(await list(query)).toEqual({ names, link: undefined })
  })

  test.each(['-1', 'x', '1e3'])('n=%s -> 400', async n => {
    expect((await catalog.call('GET', `/v2/_catalog?n=${n}`)).status).toBe(400)
  })

  test('of an empty store are none', async () => {
    const empty = await serveRegistry()
    expect(JSON.parse((await empty.call('GET', '/v2/_catalog')).text)).toEqual({ repositories: [] })
    await empty.close()
  })
})

describe('referrers', () => {
  const subject = { mediaType: ociManifestType, digest: digestOf('the subject'), size: 11 }
  const path = `/v2/list/refs/referrers/${subject.digest}`
  let signature: { digest: string; text: string }
  let report: { digest: string; text: string }
  beforeAll(async () => {
    const annotations = { by: 'tea' }
    signature = await pushImage(registry, 'list/refs', null, {
      subject,
      artifactType: 'application/x-sig',
      annotations,
    })
    report = await pushImage(registry, 'list/refs', 'report', { subject })
    await pushImage(registry, 'list/refs', 'unrelated')
    await pushImage(registry, 'list/elsewhere', null, { subject })
  })
  const described = (of: { digest: string; text: string }, artifactType: string, more = {}) => ({
    mediaType: ociManifestType,
    digest: of.digest,
    size: of.text.length,
    artifactType,
    ...more,
  })

  test('too many for one answer come in pages, each with a link to the next one', async () => {
    const artifactType = 'application/x-long'
    const pushed: string[] = []
    for (const number of ['1', '2', '3', '4', '5']) {
      const annotations = { number, long: 'x'.repeat(1_500_000) }
      const more = number === '5' ? {} : { artifactType }
      pushed.push((await pushImage(registry, 'list/long', number, { subject, annotations, ...more })).digest)
    }
    const pages = async (query: string) => {
      const found: string[][] = []
      let next: string | undefined = `/v2/list/long/referrers/${subject.digest}${query}`
      while (next !== undefined) {
        const { link, json } = await get(next)
        found.push(json.manifests.map(({ digest }: { digest: string }) => digest))
        next = /^<(.*)>; rel="next"$/.exec(String(link ?? ''))?.[1]
      }
      return found
    }
    const all = await pages('')
    expect(all.map(page => page.length)).toEqual([2, 2, 1])
    expect(all.flat()).toEqual(pushed.toSorted())
    const long = await pages(`?artifactType=${encodeURIComponent(artifactType)}`)
    expect(long.map(page => page.length)).toEqual([2, 2])
    expect(long.flat()).toEqual(pushed.slice(0, 4).toSorted())
  })

  test('a push with a subject says that it was understood', async () => {
    const headers = { 'Content-Type': ociManifestType }
    const put = `/v2/list/refs/manifests/${report.digest}`
    const answer = await registry.call('PUT', put, { body: report.text, headers })
    expect([answer.status, answer.headers['oci-subject']]).toEqual([201, subject.digest])
  })

  test.each<[string, string[]]>([
    ['', ['sig', 'report']],
    ['?artifactType=application/x-sig', ['sig']],
    ['?artifactType=application/vnd.oci.image.config.v1%2Bjson', ['report']],
    ['?artifactType=none', []],
  ])('referrers%s -> %j', async (query, names) => {
    const expected = [
      { name: 'sig', is: described(signature, 'application/x-sig', { annotations: { by: 'tea' } }) },
      { name: 'report', is: described(report, 'application/vnd.oci.image.config.v1+json') },
    ]
    // The second time from memory, the third time in a process that knows nothing.
    const other = await serveRegistry({ root: registry.root })
    for (const served of [registry, registry, other]) {
      const answer = await served.call('GET', path + query)
      expect([answer.status, answer.headers['content-type']]).toEqual([200, ociIndexType])
      expect(answer.headers['oci-filters-applied']).toBe(query === '' ? undefined : 'artifactType')
      const { manifests, ...rest } = JSON.parse(answer.text)
      expect(rest).toEqual({ schemaVersion: 2, mediaType: ociIndexType })
      const wanted = expected.filter(entry => names.includes(entry.name)).map(entry => entry.is)
      expect(manifests).toEqual(wanted.sort((a, b) => (a.digest < b.digest ? -1 : 1)))
    }
    await other.close()
  })

  test.each(['list/refs', 'list/none'])('of what nobody refers to, in %s, are none', async repository => {
    const { status, json } = await get(`/v2/${repository}/referrers/${digestOf('nobody')}`)
    expect([status, json.manifests]).toEqual([200, []])
  })

  test('a deleted one is no longer listed', async () => {
    await registry.call('DELETE', `/v2/list/refs/manifests/${signature.digest}`)
    expect((await get(path)).json.manifests.map((entry: { digest: string }) => entry.digest)).toEqual([report.digest])
  })
})
