/** A manifest whose digests are none is refused by the embedded registry before anything of it is stored. */
import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { authorization, type Gate, startGate } from './parts/gate.js'
import { type Answer, connectRaw, exchange, header, request } from './parts/raw-client.js'

const imageType = 'application/vnd.oci.image.manifest.v1+json'
const indexType = 'application/vnd.oci.image.index.v1+json'
const foreignType = 'application/vnd.oci.image.layer.nondistributable.v1.tar'
const hex = 'a'.repeat(64)

let gate: Gate
beforeAll(async () => {
  gate = await startGate('embedded', { flags: ['--workers', '1'] })
})
afterAll(() => gate?.stop())

async function send(method: string, path: string, type = '', body: string | Buffer = ''): Promise<Answer> {
  const bytes = Buffer.from(body)
  const head = [`${method} ${path} HTTP/1.1`, 'Host: localhost', `Authorization: ${authorization}`]
  const lines = [...head, ...(type === '' ? [] : [`Content-Type: ${type}`]), `Content-Length: ${bytes.length}`]
  const [answer] = await exchange(gate.port, request(lines, bytes.toString('latin1')))
  if (answer === undefined) throw new Error('no answer')
  return answer
}

const descriptor = (digest: string) => ({ mediaType: imageType, digest, size: 5 })
const withSubject = (digest: string) => ({
  schemaVersion: 2,
  mediaType: indexType,
  manifests: [],
  subject: descriptor(digest),
})

const noDigests = [
  'sha256:€',
  'x\r\nEvil: 1',
  'x',
  '',
  'sha256:ä',
  `sha256:${hex.toUpperCase()}`,
  `sha256:${hex.slice(1)}`,
  `sha256:${hex}a`,
  `sha512:${hex}`,
  `SHA256:${hex}`,
  ` sha256:${hex}`,
  `sha256:${hex}\n`,
  'sha256:',
  ':abc',
  `blake3:${'b'.repeat(300)}`,
  'x'.repeat(20_000),
  '\u0000',
  '../../../etc/passwd',
]

describe('a subject that is no digest', () => {
  it.each(noDigests.map(digest => [digest.slice(0, 80), digest]))(
    '%j -> 400, and nothing is stored',
    async (_, digest) => {
      const answer = await send('PUT', '/v2/team/app/manifests/1.0', indexType, JSON.stringify(withSubject(digest)))
      expect([answer.status, JSON.parse(answer.body).errors[0].code]).toEqual([400, 'MANIFEST_INVALID'])
      expect(header(answer, 'oci-subject')).toBe('')
      expect((await send('GET', '/v2/team/app/manifests/1.0')).status).toBe(404)
      expect((await send('GET', '/v2/team/app/tags/list')).status).toBe(404)
      expect(gate.log()).not.toContain('"level":"error"')
    },
  )
})

it.each([
  [`sha256:${hex}`],
  [`sha512:${hex}${hex}`],
  // An algorithm that is not known here (OCI image-spec 1.1, "Digests").
  ['blake3:5_f-=A'],
  [`multihash+base58:${'Q'.repeat(46)}`],
])('a subject %s is taken, and told', async digest => {
  const answer = await send('PUT', '/v2/team/subjects/manifests/1.0', indexType, JSON.stringify(withSubject(digest)))
  expect([answer.status, header(answer, 'oci-subject')]).toEqual([201, digest])
})

describe.each([
  [
    'layer',
    (digest: string) => ({ schemaVersion: 2, config: descriptor(`sha256:${hex}`), layers: [descriptor(digest)] }),
  ],
  ['config', (digest: string) => ({ schemaVersion: 2, config: descriptor(digest), layers: [] })],
  [
    'layer that lies elsewhere',
    (digest: string) => ({
      schemaVersion: 2,
      config: descriptor(`sha256:${hex}`),
      layers: [{ ...descriptor(digest), mediaType: foreignType, urls: ['https://example.com/x'] }],
    }),
  ],
  ['manifest of an index', (digest: string) => ({ schemaVersion: 2, manifests: [descriptor(digest)] })],
])('a %s that is no digest', (_, manifest) => {
  it.each(['sha256:€', '', `sha256:${hex.toUpperCase()}`, 'x\r\nEvil: 1', '../../x'])('%j -> 400', async digest => {
    const text = JSON.stringify(manifest(digest))
    const answer = await send('PUT', '/v2/team/layers/manifests/1.0', '', text)
    expect([answer.status, JSON.parse(answer.body).errors[0].code]).toEqual([400, 'MANIFEST_INVALID'])
    expect((await send('GET', '/v2/team/layers/tags/list')).status).toBe(404)
  })
})

it('a manifest that another program stored with a media type that is none is served all the same', async () => {
  const text = JSON.stringify({ schemaVersion: 2, mediaType: 'x\r\nEvil: 1', manifests: [] })
  const hash = createHash('sha256').update(text).digest('hex')
  const store = join(gate.folder, 'data/docker/registry/v2')
  const write = (path: string, content: string) => {
    mkdirSync(dirname(join(store, path)), { recursive: true })
    writeFileSync(join(store, path), content)
  }
  write(`blobs/sha256/${hash.slice(0, 2)}/${hash}/data`, text)
  write(`repositories/team/odd/_manifests/revisions/sha256/${hash}/link`, `sha256:${hash}`)
  const answer = await send('GET', `/v2/team/odd/manifests/sha256:${hash}`)
  expect([answer.status, answer.body, header(answer, 'content-type')]).toEqual([200, text, imageType])
  expect(header(answer, 'evil')).toBe('')
})

it('what a client writes does not make the status line long', async () => {
  const body = JSON.stringify(withSubject(`sha256:${hex}`))
  const head = ['PUT /v2/team/long/manifests/1.0 HTTP/1.1', 'Host: localhost', `Authorization: ${authorization}`]
  const client = await connectRaw(gate.port)
  client.send(request([...head, `Content-Type: x/${'y'.repeat(20_000)}`, `Content-Length: ${body.length}`], body))
  await client.until(() => client.answers().some(({ complete }) => complete))
  client.destroy()
  expect(client.answers()[0]?.status).toBe(400)
  expect(client.received().indexOf('\r\n')).toBeLessThan(1_000)
})
