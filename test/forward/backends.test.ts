/** Several backends behind one name, and backends that speak TLS: which one is asked, and which is believed. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, request, Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, createServer as createNetServer, type Server as NetServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createCertificates, defaultDays } from '../../src/certificates/create.js'
import { RequestError } from '../../src/errors/request-error.js'
import { createForwarder } from '../../src/forward/forward.js'

const forwarder = createForwarder()
const open: NetServer[] = []

async function listen(server: NetServer): Promise<number> {
  open.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address: AddressInfo | string | null = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** A port on which nobody listens. */
async function deadPort(): Promise<number> {
  const server = createServer()
  const port = await listen(server)
  server.close()
  await once(server, 'close')
  return port
}

const echo = async (request: IncomingMessage, response: ServerResponse) => {
  let body = ''
  for await (const chunk of request) body += String(chunk)
  response.end(body === '' ? 'alive' : `alive: ${body}`)
}

let plain = 0
let tls = 0
let dead = 0

beforeAll(async () => {
  plain = await listen(createServer(echo))
  const names = { hosts: ['localhost'], addresses: ['127.0.0.1'] }
  const made = await createCertificates({
    names,
    algorithm: 'ecdsa',
    days: defaultDays,
    now: new Date(),
    signer: 'itself',
  })
  tls = await listen(createTlsServer({ cert: made.cert, key: made.key.reveal() }, echo))
  dead = await deadPort()
})

afterAll(() => {
  forwarder.close()
  for (const server of open) {
    server.close()
    if (server instanceof Server) server.closeAllConnections()
  }
})

/** Sends one request through a gate of nothing but the forwarder. */
async function ask(
  backends: readonly string[],
  options: { method?: string; body?: string; verify?: boolean } = {},
): Promise<string> {
  const gate = createServer((incoming, response) => {
    forwarder
      .forward(incoming, response, {
        backends,
        verifyBackend: options.verify ?? true,
        target: incoming.url ?? '/',
        headers: { set: [], dropForwarded: true, dropAuthorization: true },
        body: null,
        idleMs: { read: 5_000, send: 5_000 },
        repeatable: true,
        isRegistry: true,
        maxBodyBytes: null,
        login: null,
        onHead: (_, lines) => lines,
      })
      .catch(error => response.end(error instanceof RequestError ? error.code : String(error)))
  })
  const port = await listen(gate)
  const sent = request({ host: '127.0.0.1', port, method: options.method ?? 'GET', path: '/v2/' })
  sent.end(options.body)
  const [answer]: IncomingMessage[] = await once(sent, 'response')
  let text = ''
  for await (const chunk of answer ?? []) text += String(chunk)
  return text
}

const at = (port: number, scheme = 'http') => `${scheme}://127.0.0.1:${port}`

describe('several backends', () => {
  test.each([
    { backends: 'the first answers', ports: () => [plain, dead], method: 'GET', expected: 'alive' },
    { backends: 'the first is dead', ports: () => [dead, plain], method: 'GET', expected: 'alive' },
    { backends: 'two are dead', ports: () => [dead, dead, plain], method: 'HEAD', expected: '' },
    { backends: 'all are dead', ports: () => [dead, dead], method: 'GET', expected: 'backend-unreachable' },
    {
      backends: 'the first is dead, and the request has no body',
      ports: () => [dead, plain],
      method: 'POST',
      expected: 'alive',
    },
  ])('$backends: $method gives "$expected"', async ({ ports, method, expected }) => {
    expect(
      await ask(
        ports().map(port => at(port)),
        { method },
      ),
    ).toBe(expected)
  })

  test.each(['POST', 'PUT', 'PATCH'])('a body of which nothing was sent goes to the next: %s', async method => {
    expect(await ask([at(dead), at(dead), at(plain)], { method, body: 'layer' })).toBe('alive: layer')
  })

  test('a body that one has begun to read is not sent to the next', async () => {
    let asked = 0
    const first = await listen(createServer(request => request.once('data', () => request.socket.resetAndDestroy())))
    const second = await listen(createServer((_, response) => response.end(`${++asked}`)))
    expect(await ask([at(first), at(second)], { method: 'PUT', body: 'layer' })).toBe('backend-unreachable')
    expect(asked).toBe(0)
  })

  test('one that ends the connection before TLS is there has got nothing', async () => {
    const first = await listen(createNetServer(socket => socket.resetAndDestroy()))
    const asked = { method: 'PUT', body: 'layer', verify: false }
    expect(await ask([at(first, 'https'), at(tls, 'https')], asked)).toBe('alive: layer')
  })
})

describe('a backend with a certificate that nobody vouches for', () => {
  test('is not believed where it has to be valid', async () => {
    expect(await ask([at(tls, 'https')], { verify: true })).toBe('backend-unreachable')
  })
  test('is used where nginx would not look', async () => {
    expect(await ask([at(tls, 'https')], { verify: false })).toBe('alive')
  })
})
