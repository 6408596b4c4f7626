/** Several backends behind one name, and backends that speak TLS: which one is asked, and which is believed. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createCertificates, defaultDays } from '../../src/certificates/create.js'
import { RequestError } from '../../src/errors/request-error.js'
import { createForwarder } from '../../src/forward/forward.js'

const forwarder = createForwarder()
const open: Server[] = []

async function listen(server: Server): Promise<number> {
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

const echo = (request: IncomingMessage, response: ServerResponse) => {
  request.resume().once('end', () => response.end('alive'))
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
    server.closeAllConnections()
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

  test('a body that went to a dead one is not sent again', async () => {
    expect(await ask([at(dead), at(plain)], { method: 'POST', body: 'layer' })).toBe('backend-unreachable')
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
