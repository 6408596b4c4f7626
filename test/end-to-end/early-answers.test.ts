/** An answer that is complete before its request is reaches every client, those too that write first and read then. */
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type FaultyBackend, startFaultyBackend } from './parts/faulty-backend.js'
import { freePorts } from './parts/free-ports.js'
import { authorization, basic, type Gate, startGate, user } from './parts/gate.js'
import { connectRaw, header, request } from './parts/raw-client.js'
import { eventually } from './parts/settle.js'
import { writeThenRead } from './parts/write-first-client.js'

/** More than the buffers between the client and the gate can hold. */
const body = Buffer.alloc(20_000_000, 'x')
const upload = '/v2/team/app/blobs/uploads/5eec2486-86ed-4a7f-8a52-3d6b1bd6b5a1'
const chunkOf = (bytes: Buffer) =>
  Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n0\r\n\r\n')])

/** A whole request of 20 MB. */
function pushOf(method: string, target: string, framing: 'length' | 'chunks', login = authorization): Buffer {
  const frame = framing === 'length' ? `Content-Length: ${body.length}` : 'Transfer-Encoding: chunked'
  const head = request([`${method} ${target} HTTP/1.1`, 'Host: localhost', `Authorization: ${login}`, frame])
  return Buffer.concat([Buffer.from(head), framing === 'length' ? body : chunkOf(body)])
}

let backend: FaultyBackend
let before: Gate
let embedded: Gate
let plainPort = 0

beforeAll(async () => {
  backend = await startFaultyBackend()
  ;[plainPort = 0] = await freePorts(1)
  const unlimited = 'client_max_body_size 0;'
  const location = `location /v2/ { auth_basic r; auth_basic_user_file htpasswd; proxy_pass ${backend.url}; }`
  const own = 'location /small { client_max_body_size 1k; proxy_pass http://127.0.0.1:1; }'
  before = await startGate(backend.url, {
    nginxConf: `
      server { listen PORT ssl; ssl_certificate certs/cert.pem; ssl_certificate_key certs/key.pem; ${unlimited} ${location} ${own} }
      server { listen ${plainPort}; ${unlimited} ${location} ${own} }`,
  })
  embedded = await startGate('embedded')
})
afterAll(async () => {
  await before.stop()
  await embedded.stop()
  await backend.close()
})

const framings = ['length', 'chunks'] as const
const schemes = ['https', 'http'] as const
const gatePort = (scheme: 'http' | 'https') => (scheme === 'https' ? before.port : plainPort)

/** The backend answers as soon as it has the head; what it does then with its connection differs. */
const backendAnswers = [
  { status: 413, rest: 'Content-Length: 5\r\n\r\nlarge', body: 'large' },
  { status: 404, rest: 'Transfer-Encoding: chunked\r\n\r\n4\r\ngone\r\n0\r\n\r\n', body: 'gone' },
  { status: 401, rest: 'WWW-Authenticate: Basic realm="b"\r\nContent-Length: 0\r\n\r\n', body: '' },
  { status: 500, rest: 'Content-Length: 5\r\nConnection: close\r\n\r\nfault', body: 'fault' },
] as const

describe('an answer of the backend to the head of a push reaches a client that writes 20 MB first', () => {
  const forms = [
    { scheme: 'https', framing: 'length', method: 'PATCH' },
    { scheme: 'https', framing: 'chunks', method: 'PUT' },
    { scheme: 'http', framing: 'length', method: 'POST' },
    { scheme: 'http', framing: 'chunks', method: 'PATCH' },
  ] as const
  const cases = forms.flatMap(form => backendAnswers.map(answer => ({ ...form, ...answer })))
  it.each(cases)('$status to $method in $framing by $scheme', async ({ scheme, framing, method, ...answer }) => {
    backend.whenHead = (_, socket) => {
      socket.pause()
      socket.write(`HTTP/1.1 ${answer.status} Early\r\n${answer.rest}`)
    }
    const seen = await writeThenRead(gatePort(scheme), pushOf(method, upload, framing), scheme)
    expect(seen.answers).toMatchObject([{ status: answer.status, body: answer.body, complete: true }])
    expect(header(seen.answers[0], 'connection')).toBe('close')
    expect(seen.end).toBe('orderly')
  })
})

describe('a refusal of the gate reaches a client that writes 20 MB first', () => {
  const wrong = basic(user.name, 'wrong-pass-phrase')
  const refusals = [
    { why: 'a wrong password', status: 401, target: upload, login: wrong },
    { why: 'a path of nothing', status: 404, target: '/nothing', login: authorization },
    { why: 'a body above client_max_body_size', status: 413, target: '/small', login: authorization },
    { why: 'a path that is not canonical', status: 400, target: '/v2/a/../b', login: authorization },
  ] as const
  const cases = schemes.flatMap(scheme => refusals.map(refusal => ({ scheme, ...refusal })))
  it.each(cases)('$status for $why by $scheme', async ({ scheme, status, target, login }) => {
    const seen = await writeThenRead(gatePort(scheme), pushOf('PATCH', target, 'length', login), scheme)
    expect(seen.answers).toMatchObject([{ status, complete: true }])
    expect(header(seen.answers[0], 'connection')).toBe('close')
    expect(seen.end).toBe('orderly')
  })

  it('502 where nobody listens at the backend', async () => {
    const lonely = await startGate('http://127.0.0.1:1')
    const seen = await writeThenRead(lonely.port, pushOf('PATCH', upload, 'length'), 'https')
    await lonely.stop()
    expect(seen).toMatchObject({ answers: [{ status: 502, complete: true }], end: 'orderly' })
  })

  it('308 for plain HTTP on the port for TLS', async () => {
    const seen = await writeThenRead(before.port, pushOf('PATCH', upload, 'length'), 'http')
    expect(seen).toMatchObject({ answers: [{ status: 308, complete: true }], end: 'orderly' })
  })

  it('400 for a body that breaks its framing in the middle', async () => {
    const head = request([`PATCH ${upload} HTTP/1.1`, 'Host: localhost', 'Transfer-Encoding: chunked'])
    const seen = await writeThenRead(
      embedded.port,
      Buffer.concat([Buffer.from(`${head}5\r\nhello\r\nno size\r\n`), body]),
      'https',
    )
    expect(seen.answers[0]).toMatchObject({ status: expect.toBeOneOf([400, 401]), complete: true })
    expect(seen.end).toBe('orderly')
  })
})

describe('an answer of the embedded registry reaches a client that writes 20 MB first', () => {
  it.each([
    { method: 'PATCH', target: upload, status: 404 },
    { method: 'PUT', target: `${upload}?digest=none`, status: 400 },
    { method: 'PUT', target: '/v2/team/app/manifests/latest', status: 413 },
    { method: 'POST', target: '/v2/team/app/blobs/uploads/', status: 202 },
    { method: 'DELETE', target: '/v2/team/app/manifests/none', status: 404 },
    { method: 'GET', target: '/v2/', status: 200 },
  ])('$status to $method $target', async ({ method, target, status }) => {
    for (const framing of framings) {
      const seen = await writeThenRead(embedded.port, pushOf(method, target, framing), 'https')
      expect(seen).toMatchObject({ answers: [{ status, complete: true }], end: 'orderly' })
      expect(header(seen.answers[0], 'connection')).toBe('close')
    }
  })
})

describe('behind an early answer', () => {
  it('a client that never stops writing is cut', async () => {
    const socket = connect({ host: '127.0.0.1', port: plainPort, allowHalfOpen: true })
    socket.on('error', () => {})
    let received = ''
    socket.on('data', data => {
      received += String(data)
    })
    socket.write(request([`PATCH ${upload} HTTP/1.1`, 'Host: localhost', 'Content-Length: 1000000000000']))
    const writing = setInterval(() => socket.write('x'), 50)
    await new Promise(resolve => socket.once('close', resolve))
    clearInterval(writing)
    expect(received).toMatch(/^HTTP\/1\.1 401 /)
  })

  it('nothing more of the connection is answered', async () => {
    const head = request([`PATCH ${upload} HTTP/1.1`, 'Host: localhost', 'Content-Length: 4'])
    const client = await connectRaw(before.port)
    client.send(head)
    await client.until(() => client.answers().some(answer => answer.complete))
    client.send(`body${request(['GET /v2/ HTTP/1.1', 'Host: localhost'])}`)
    await client.ended()
    expect(client.answers()).toMatchObject([{ status: 401 }])
  })

  it('the backend gets no more of the body, and its connection is closed', async () => {
    let isOpen = true
    backend.whenHead = (_, socket) => {
      socket.once('close', () => {
        isOpen = false
      })
      socket.write('HTTP/1.1 404 Early\r\nContent-Length: 0\r\n\r\n')
    }
    const client = await connectRaw(before.port)
    client.send(
      request([`PATCH ${upload} HTTP/1.1`, 'Host: localhost', `Authorization: ${authorization}`, 'Content-Length: 10']),
    )
    client.send('12345')
    await client.until(() => client.answers().some(answer => answer.complete))
    client.send('67890')
    await eventually(
      () => 'the connection to the backend is open',
      () => !isOpen,
    )
    expect(Buffer.concat(backend.requests.at(-1)?.body ?? []).toString()).toBe('12345')
    client.destroy()
  })

  it('the connection goes on where the body is there before the answer', async () => {
    const login = `Authorization: ${basic(user.name, 'another wrong one')}`
    const refused = request([`PATCH ${upload} HTTP/1.1`, 'Host: localhost', 'Content-Length: 4', login], 'body')
    const client = await connectRaw(before.port)
    client.send(refused)
    await client.until(() => client.answers().length === 1)
    client.send(refused)
    await client.until(() => client.answers().length === 2)
    expect(client.answers().map(answer => answer.status)).toEqual([401, 401])
    client.destroy()
  })
})
