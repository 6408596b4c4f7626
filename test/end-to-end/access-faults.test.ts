/** What the gate asks its backend because of rules, when the backend lies, stalls or dies: nothing is shown or done that was not judged. */
import { createHash } from 'node:crypto'
import { beforeEach, describe, expect, it } from 'vitest'
import type { ReceivedRequest, Script } from './parts/faulty-backend.js'
import { ok } from './parts/faulty-backend.js'
import { authorization } from './parts/gate.js'
import { gateBeforeBackend } from './parts/gate-before-backend.js'
import { ask } from './parts/token-client.js'

const stage = gateBeforeBackend({
  yaml: 'access:\n  - { who: alice, repositories: ["team/**"], may: [pull, push] }\n',
})
const call = (method: string, target: string, body = '', lines: readonly string[] = []) =>
  ask(stage.gate.port, method, target, { authorization, body, lines })

const answer = (status: string, headers: readonly string[] = [], body = '') =>
  [`HTTP/1.1 ${status}`, ...headers, `Content-Length: ${Buffer.byteLength(body)}`, '', body].join('\r\n')
const link = 'Link: </v2/_catalog?last=x&n=2>; rel="next"'
const page = (repositories: readonly string[], more: boolean) =>
  ok(JSON.stringify({ repositories }), ['Content-Type: application/json', ...(more ? [link] : [])])
const bodyOf = (request: ReceivedRequest | undefined) => Buffer.concat(request?.body ?? []).toString()
const targets = () => stage.backend.requests.map(({ method, target }: ReceivedRequest) => `${method} ${target}`)

describe('the catalog', () => {
  it.each([
    ['that is no JSON', ok('<html>')],
    ['that is something else', ok('{"repositories":{"secret":1}}')],
    ['whose names are none', ok('{"repositories":[1,2]}')],
    ['that is cut', 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"repositories":["team/a"'],
  ])('%s is not shown', async (_, bytes) => {
    stage.backend.whenComplete = (_request, socket) => void socket.end(bytes)
    const { status, body } = await call('GET', '/v2/_catalog')
    expect(status).toBe(502)
    expect(body).toContain('UNAVAILABLE')
  })

  it('of more bytes than a page may have is not read to its end', async () => {
    stage.backend.whenComplete = (_request, socket) => {
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
      const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`
      const more = () => {
        if (!socket.destroyed && socket.write(chunk)) setImmediate(more)
      }
      socket.on('drain', more)
      more()
    }
    expect((await call('GET', '/v2/_catalog')).status).toBe(502)
  })

  it('that begins anew with every page ends', async () => {
    stage.backend.whenComplete = (_request, socket) => void socket.write(page(['other/a', 'team/b'], true))
    expect((await call('GET', '/v2/_catalog?n=2')).status).toBe(502)
    expect(stage.backend.requests).toHaveLength(2)
  })

  it('in an order of the backend’s own is complete', async () => {
    // Distribution compares names segment by segment.
    const all = ['team/b', 'team/a-1', 'team-a/x', 'team/a']
    stage.backend.whenComplete = ({ target }, socket) => {
      const last = new URL(target, 'http://registry').searchParams.get('last')
      const from = last === null ? 0 : all.indexOf(last) + 1
      socket.write(page(all.slice(from, from + 2), from + 2 < all.length))
    }
    expect(JSON.parse((await call('GET', '/v2/_catalog?n=2')).body)).toEqual({ repositories: ['team/b', 'team/a-1'] })
    const next = await call('GET', '/v2/_catalog?last=team%2Fa-1&n=2')
    expect(JSON.parse(next.body)).toEqual({ repositories: ['team/a'] })
  })

  it('that has an empty page with a Link ends', async () => {
    stage.backend.whenComplete = (_request, socket) => void socket.write(page([], true))
    expect(JSON.parse((await call('GET', '/v2/_catalog')).body)).toEqual({ repositories: [] })
  })

  it('that is refused is refused in the words of the backend', async () => {
    const refusal = '{"errors":[{"code":"PAGINATION_NUMBER_INVALID"}]}'
    stage.backend.whenComplete = (_request, socket) =>
      void socket.write(answer('400 Bad Request', ['Content-Type: application/json'], refusal))
    const { status, body } = await call('GET', '/v2/_catalog?n=abc')
    expect([status, body]).toEqual([400, refusal])
    expect(targets()).toEqual(['GET /v2/_catalog?n=abc'])
  })

  it('is read in larger pages than the client wants, or in as large ones as the backend allows', async () => {
    const all = ['other/a', 'other/b', 'other/c', 'other/d', 'team/a', 'team/b', 'team/c']
    const most = 2
    stage.backend.whenComplete = ({ target }, socket) => {
      const query = new URL(target, 'http://registry').searchParams
      const n = Number(query.get('n'))
      if (n > most) return void socket.write(answer('400 Bad Request'))
      const rest = all.filter(name => name > (query.get('last') ?? ''))
      socket.write(page(rest.slice(0, n), rest.length > n))
    }
    const { body, headers } = await call('GET', '/v2/_catalog?n=2')
    expect(JSON.parse(body)).toEqual({ repositories: ['team/a', 'team/b'] })
    expect(headers.get('link')).toEqual(['</v2/_catalog?last=team%2Fb&n=2>; rel="next"'])
    const next = await call('GET', '/v2/_catalog?last=team%2Fb&n=2')
    expect(JSON.parse(next.body)).toEqual({ repositories: ['team/c'] })
    expect(next.headers.has('link')).toBe(false)
  })
})

describe('a manifest', () => {
  const text = '{"schemaVersion":2}'
  const digest = `sha256:${createHash('sha256').update(text).digest('hex')}`
  let head: string
  const script: Script = ({ method }, socket) =>
    void socket.write(method === 'HEAD' ? head : answer('201 Created', [`Docker-Content-Digest: ${digest}`]))
  beforeEach(() => {
    stage.backend.whenComplete = script
  })
  const put = (lines: readonly string[] = [], body = text) => call('PUT', '/v2/team/app/manifests/1.0', body, lines)

  it('of a new tag arrives byte for byte, with its length', async () => {
    head = answer('404 Not Found')
    expect((await put()).status).toBe(201)
    expect(targets()).toEqual(['HEAD /v2/team/app/manifests/1.0', 'PUT /v2/team/app/manifests/1.0'])
    const [asked, sent] = stage.backend.requests
    expect(bodyOf(sent)).toBe(text)
    expect(sent?.header('content-length')).toBe(String(text.length))
    for (const type of ['image.index', 'image.manifest', 'manifest.list', 'manifest.v2'])
      expect(asked?.header('accept')).toContain(type)
  })

  it('in chunks arrives in chunks', async () => {
    head = answer('404 Not Found')
    const chunked = `${text.length.toString(16)}\r\n${text}\r\n0\r\n\r\n`
    expect((await put(['Transfer-Encoding: chunked'], chunked)).status).toBe(201)
    expect(bodyOf(stage.backend.requests[1])).toBe(text)
  })

  it('that the tag names already passes', async () => {
    head = answer('200 OK', [`Docker-Content-Digest: ${digest}`])
    expect((await put()).status).toBe(201)
  })

  it.each([
    ['names another one', answer('200 OK', [`Docker-Content-Digest: sha256:${'0'.repeat(64)}`]), 403],
    [
      'names one of an algorithm that is not known',
      answer('200 OK', [`Docker-Content-Digest: md5:${'0'.repeat(32)}`]),
      403,
    ],
    ['names one without a digest', answer('200 OK'), 502],
    ['is not to be known', answer('403 Forbidden'), 502],
    ['makes the backend fail', answer('500 Internal Server Error'), 502],
    ['leads elsewhere', answer('307 Temporary Redirect', ['Location: /v2/']), 502],
  ])('whose tag %s is not sent on', async (_, reply, status) => {
    head = reply
    expect((await put()).status).toBe(status)
    expect(targets()).toEqual(['HEAD /v2/team/app/manifests/1.0'])
  })

  it('is not sent on where the question breaks off', async () => {
    stage.backend.whenComplete = (_request, socket) => void socket.destroy()
    expect((await put()).status).toBe(502)
    expect(targets().some(line => line.startsWith('PUT'))).toBe(false)
  })

  it('passes on a new connection where the backend has closed the kept one', async () => {
    head = answer('404 Not Found')
    expect((await put()).status).toBe(201)
    for (const socket of stage.backend.sockets) socket.destroy()
    expect((await put()).status).toBe(201)
  })

  it('of too many tags at once is refused', async () => {
    const tags = Array.from({ length: 17 }, (_, index) => `tag=t${index}`).join('&')
    const refused = await call('PUT', `/v2/team/app/manifests/${digest}?${tags}`, text)
    expect([refused.status, stage.backend.requests.length]).toEqual([400, 0])
  })
})

it('a form in the body of an upload is none for the backend', async () => {
  stage.backend.whenComplete = (_request, socket) => void socket.write(answer('202 Accepted'))
  const form = 'mount=sha256:00&from=secret'
  await call('POST', '/v2/team/app/blobs/uploads/', form, [
    'Content-Type: Application/X-WWW-Form-Urlencoded; charset=utf-8',
  ])
  const [sent] = stage.backend.requests
  expect(sent?.header('content-type')).toBe('application/octet-stream')
  expect(bodyOf(sent)).toBe(form)
})
