/** Every way into the gate asks for the password: other methods, other protocols, waiting for 100, large bodies. */
import { describe, expect, it } from 'vitest'
import { ok } from './parts/faulty-backend.js'
import { authorization, basic, user } from './parts/gate.js'
import { gateBeforeBackend } from './parts/gate-before-backend.js'
import { type Answer, connectRaw, exchange, header, request } from './parts/raw-client.js'
import { eventually } from './parts/settle.js'

const stage = gateBeforeBackend()

const host = 'Host: localhost'
const credentials = `Authorization: ${authorization}`
const wrong = `Authorization: ${basic(user.name, 'wrong-pass-phrase')}`

/** A refusal in the registry's own words: the header, JSON, and at most one challenge. */
function expectOwn(answer: Answer | undefined, status: number): void {
  expect(answer).toMatchObject({ status, complete: true })
  expect(answer?.headers.get('docker-distribution-api-version')).toEqual(['registry/2.0'])
  expect(header(answer, 'content-type')).toBe('application/json; charset=utf-8')
  expect(JSON.parse(answer?.body ?? '')).toMatchObject({
    errors: [{ code: expect.stringMatching(/^[A-Z_]+$/), message: expect.any(String) }],
  })
  const challenges = status === 401 ? ['Basic realm="Portcullis"'] : undefined
  expect(answer?.headers.get('www-authenticate')).toEqual(challenges)
  const methods = status === 405 ? ['GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS'] : undefined
  expect(answer?.headers.get('allow')).toEqual(methods)
}

describe('without credentials, nothing is forwarded and the answer is', () => {
  const upgrade = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: AAAA']
  const h2c = ['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQAAP__']
  const doors: readonly (readonly [string, string, number])[] = [
    ['GET', request(['GET /v2/ HTTP/1.1', host]), 401],
    ['PUT', request(['PUT /v2/a/manifests/b HTTP/1.1', host, 'Content-Length: 0']), 401],
    ['OPTIONS', request(['OPTIONS /v2/ HTTP/1.1', host]), 401],
    ['Upgrade to a WebSocket', request(['GET /v2/ HTTP/1.1', host, ...upgrade]), 401],
    ['Upgrade to h2c', request(['GET /v2/ HTTP/1.1', host, ...h2c]), 401],
    ['HTTP/2 by prior knowledge', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
    ['CONNECT', request(['CONNECT registry:5000 HTTP/1.1', 'Host: registry:5000']), 405],
    ['CONNECT with credentials', request(['CONNECT registry:5000 HTTP/1.1', 'Host: registry:5000', credentials]), 405],
    ['TRACE', request(['TRACE /v2/ HTTP/1.1', host]), 405],
    ['TRACE with credentials', request(['TRACE /v2/ HTTP/1.1', host, credentials]), 405],
    ['TRACK', request(['TRACK /v2/ HTTP/1.1', host]), 400],
    ['PROPFIND', request(['PROPFIND /v2/ HTTP/1.1', host, credentials]), 405],
    ['OPTIONS *', request(['OPTIONS * HTTP/1.1', host, credentials]), 400],
    ['a Bearer token', request(['GET /v2/ HTTP/1.1', host, 'Authorization: Bearer abc']), 401],
    ['Basic without a colon', request(['GET /v2/ HTTP/1.1', host, 'Authorization: Basic YWxpY2U=']), 401],
    ['Basic of something else', request(['GET /v2/ HTTP/1.1', host, 'Authorization: Basic !!!']), 401],
    ['an empty Authorization', request(['GET /v2/ HTTP/1.1', host, 'Authorization:']), 401],
    ['a wrong password', request(['GET /v2/ HTTP/1.1', host, wrong]), 401],
    ['an empty password', request(['GET /v2/ HTTP/1.1', host, `Authorization: ${basic(user.name, '')}`]), 401],
    [
      'a password with a NUL',
      request(['GET /v2/ HTTP/1.1', host, `Authorization: ${basic(user.name, `${user.password}\0`)}`]),
      401,
    ],
    ['an unknown user', request(['GET /v2/ HTTP/1.1', host, `Authorization: ${basic('mallory', user.password)}`]), 401],
    ['a user called __proto__', request(['GET /v2/ HTTP/1.1', host, `Authorization: ${basic('__proto__', 'x')}`]), 401],
    ['Proxy-Authorization', request(['GET /v2/ HTTP/1.1', host, `Proxy-Authorization: ${authorization}`]), 401],
    [
      'credentials in the URL',
      request([`GET https://${user.name}:${user.password}@localhost/v2/ HTTP/1.1`, host]),
      400,
    ],
    ['a path outside /v2/', request(['GET /debug/vars HTTP/1.1', host]), 404],
    ['/v2 without its slash', request(['GET /v2 HTTP/1.1', host]), 401],
  ]

  it.each(doors)('%s', async (_, bytes, status) => {
    const [answer] = await exchange(stage.gate.port, bytes)
    expectOwn(answer, status)
    expect(stage.backend.requests).toEqual([])
    expect(stage.backend.violations).toEqual([])
  })

  it('HEAD: no body, and the length that it would have', async () => {
    const [answer] = await exchange(stage.gate.port, request(['HEAD /v2/ HTTP/1.1', host]))
    expect(answer).toMatchObject({ status: 401, body: '' })
    expect(header(answer, 'www-authenticate')).toBe('Basic realm="Portcullis"')
    expect(Number(header(answer, 'content-length'))).toBeGreaterThan(20)
  })

  it('nothing else than HTTP/1.1, whatever ALPN offers', async () => {
    const client = await connectRaw(stage.gate.port, ['h2', 'http/1.1'])
    expect(client.socket.alpnProtocol).toBe('http/1.1')
    client.destroy()
  })
})

describe('with credentials', () => {
  it.each(['websocket', 'h2c', 'TLS/1.0, HTTP/1.1'])('Upgrade: %s is served as an ordinary request', async protocol => {
    stage.backend.whenComplete = (_, socket) => socket.write(ok('plain'))
    const lines = [
      'GET /v2/ HTTP/1.1',
      host,
      credentials,
      'Connection: Upgrade, HTTP2-Settings',
      `Upgrade: ${protocol}`,
    ]
    const [answer] = await exchange(stage.gate.port, request([...lines, 'HTTP2-Settings: AAMAAABkAAQAAP__']))
    expect(answer).toMatchObject({ status: 200, body: 'plain' })
    expect(stage.backend.requests).toHaveLength(1)
    for (const name of ['upgrade', 'http2-settings']) expect(stage.backend.requests[0]?.header(name)).toBe('')
    expect(stage.backend.requests[0]?.header('connection')).toBe('keep-alive')
  })

  it('nothing that follows an upgraded request on its connection is served', async () => {
    const client = await connectRaw(stage.gate.port)
    const first = ['GET /v2/first/tags/list HTTP/1.1', host, credentials, 'Connection: Upgrade', 'Upgrade: x']
    client.send(request(first) + request(['GET /v2/second/tags/list HTTP/1.1', host, credentials]))
    await client.ended()
    expect(client.answers()).toMatchObject([{ status: 200 }])
    expect(header(client.answers()[0], 'connection')).toBe('close')
    expect(stage.backend.requests.map(each => each.target)).toEqual(['/v2/first/tags/list'])
  })

  it('every request of a connection is asked for its own', async () => {
    const good = request(['GET /v2/ HTTP/1.1', host, credentials])
    const bad = request(['GET /v2/ HTTP/1.1', host])
    const answers = await exchange(stage.gate.port, good + bad + good + bad, { answers: 4 })
    expect(answers.map(answer => answer.status)).toEqual([200, 401, 200, 401])
    expect(stage.backend.requests).toHaveLength(2)
  })
})

describe('Expect: 100-continue', () => {
  const put = (...lines: string[]) =>
    request(['PUT /v2/a/manifests/b HTTP/1.1', host, 'Content-Length: 5', 'Expect: 100-continue', ...lines])

  it.each([
    ['no credentials', put()],
    ['a wrong password', put(wrong)],
  ])('with %s: 401, never 100', async (_, bytes) => {
    const client = await connectRaw(stage.gate.port)
    client.send(bytes)
    await client.until(() => client.answers().some(answer => answer.complete && answer.status >= 200))
    client.destroy()
    const answers = client.answers()
    expect(answers.map(answer => answer.status)).toEqual([401])
    expectOwn(answers[0], 401)
    expect(stage.backend.requests).toEqual([])
  })

  it('with the right ones: 100, then the body is forwarded without Expect', async () => {
    const client = await connectRaw(stage.gate.port)
    client.send(put(credentials))
    await client.until(() => client.received().startsWith('HTTP/1.1 100 '))
    client.send('hello')
    await client.until(() => client.answers().some(answer => answer.complete && answer.status >= 200))
    client.destroy()
    expect(client.answers().map(answer => answer.status)).toEqual([100, 200])
    const [seen] = stage.backend.requests
    expect(seen?.header('expect')).toBe('')
    expect(Buffer.concat(seen?.body ?? []).toString()).toBe('hello')
  })

  it('another expectation is not met, and not forwarded', async () => {
    const [answer] = await exchange(
      stage.gate.port,
      request(['GET /v2/ HTTP/1.1', host, credentials, 'Expect: wonders']),
    )
    expect([200, 417]).toContain(answer?.status)
    expect(stage.backend.requests[0]?.header('expect') ?? '').toBe('')
  })
})

describe('64 MiB with a wrong password', () => {
  const piece = Buffer.alloc(256 * 1024, 'x')
  const framings: readonly (readonly [string, string, (bytes: Buffer) => Buffer])[] = [
    ['of a known length', 'Content-Length: 67108864', bytes => bytes],
    [
      'in chunks',
      'Transfer-Encoding: chunked',
      bytes => Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]),
    ],
  ]

  it.each(framings)(
    '%s: answered at once, and the connection ends right behind the answer',
    async (_, framing, frame) => {
      const client = await connectRaw(stage.gate.port)
      const before = stage.gate.bytesRead()
      const began = performance.now()
      client.send(request(['PATCH /v2/a/blobs/uploads/b HTTP/1.1', host, wrong, framing]))
      const send = async () => {
        for (let sent = 0; sent < 256 && !client.closed; sent++) {
          await new Promise(flushed => client.socket.write(frame(piece), flushed))
        }
      }
      const sending = send()
      await client.until(() => client.answers().some(answer => answer.complete))
      const answered = performance.now() - began
      await client.ended()
      await sending
      expectOwn(client.answers()[0], 401)
      const read = stage.gate.bytesRead() - before
      process.stdout.write(
        `refused body: answered after ${answered.toFixed(1)} ms, ${(read / 1024).toFixed(0)} KiB read\n`,
      )
      expect(stage.backend.requests).toEqual([])
    },
  )
})

describe('the log of all this', () => {
  it('holds neither a password nor what was sent as Authorization', async () => {
    const secrets = [user.password, 'wrong-pass-phrase']
    const encoded = [authorization, basic(user.name, 'wrong-pass-phrase'), basic('mallory', user.password)]
    // What was logged before the line of this request has come by then, too.
    await exchange(stage.gate.port, request(['GET /v2/the-last-request/tags/list HTTP/1.1', host, credentials]))
    await eventually(
      () => stage.gate.log(),
      () => stage.gate.log().includes('/v2/the-last-request/tags/list'),
    )
    const log = stage.gate.log()
    expect(log).toContain('"user":"alice"')
    for (const secret of [...secrets, ...encoded.map(each => each.slice('Basic '.length))]) {
      expect(log).not.toContain(secret)
      expect(log).not.toContain(Buffer.from(secret).toString('base64').replace(/=+$/, ''))
    }
    expect(log).not.toMatch(/authorization/i)
  })
})
