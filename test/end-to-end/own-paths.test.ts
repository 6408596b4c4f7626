/** The gate's own paths know themselves whatever the method is: OPTIONS says what is allowed, a wrong method gets 405 and never 404. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type FaultyBackend, startFaultyBackend } from './parts/faulty-backend.js'
import { type Gate, startGate } from './parts/gate.js'
import { type Answer, exchange, header, request } from './parts/raw-client.js'

const nginxConf = `events {} http { server {
  listen 127.0.0.1:PORT ssl; ssl_certificate certs/cert.pem; ssl_certificate_key certs/key.pem; client_max_body_size 0;
  location /v2/ { auth_basic Registry; auth_basic_user_file htpasswd; proxy_pass BACKEND; }
} }`

const kinds = ['flags', 'token', 'nginx'] as const
const gates = new Map<(typeof kinds)[number], Gate>()
let backend: FaultyBackend

beforeAll(async () => {
  backend = await startFaultyBackend()
  const flags = ['--workers', '1']
  gates.set('flags', await startGate(backend.url, { flags }))
  gates.set('token', await startGate(backend.url, { flags, yaml: 'token: {}\n' }))
  gates.set('nginx', await startGate('', { flags, nginxConf: nginxConf.replace('BACKEND', backend.url) }))
})
afterAll(async () => {
  for (const gate of gates.values()) await gate.stop()
  await backend?.close()
})

async function ask(kind: (typeof kinds)[number], method: string, path: string): Promise<Answer> {
  const bytes = request([`${method} ${path} HTTP/1.1`, 'Host: localhost', 'Content-Length: 0'])
  const [answer] = await exchange(gates.get(kind)?.port ?? 0, bytes)
  if (answer === undefined) throw new Error('no answer')
  return answer
}

const read = 'GET, HEAD, OPTIONS'
const withPost = 'GET, HEAD, POST, OPTIONS'
const paths: readonly (readonly [(typeof kinds)[number], string, number, string])[] = [
  ['flags', '/healthz', 200, read],
  ['flags', '/healthz?verbose', 200, read],
  ['flags', '/readyz', 200, read],
  ['flags', '/', 204, read],
  ['flags', '/portcullis/ca.pem', 204, read],
  ['token', '/auth/token', 204, withPost],
  ['token', '/auth/token/', 204, withPost],
  ['token', '/auth/jwks.json', 204, read],
  ['nginx', '/healthz', 200, read],
  ['nginx', '/readyz', 200, read],
  ['nginx', '/', 204, read],
  ['nginx', '/portcullis/ca.pem', 204, read],
]

describe.each(paths)('%s: %s', (kind, path, status, allow) => {
  it(`answers OPTIONS with ${status} and Allow, without a login`, async () => {
    const answer = await ask(kind, 'OPTIONS', path)
    expect([answer.status, header(answer, 'allow')]).toEqual([status, allow])
  })

  it.each(['POST', 'PUT', 'PATCH', 'DELETE'].filter(method => !allow.includes(method)))(
    'answers %s with 405 and Allow',
    async method => {
      const answer = await ask(kind, method, path)
      expect([answer.status, header(answer, 'allow')]).toEqual([405, allow])
    },
  )

  it('answers GET and HEAD with 200', async () => {
    for (const method of ['GET', 'HEAD']) {
      const [answer] = await exchange(
        gates.get(kind)?.port ?? 0,
        request([`${method} ${path} HTTP/1.1`, 'Host: localhost']),
      )
      expect(answer?.status, method).toBe(200)
    }
  })
})

describe('any other path', () => {
  it.each<[(typeof kinds)[number], string, string, number]>([
    ['flags', 'OPTIONS', '/v2/', 401],
    ['flags', 'OPTIONS', '/healthz/', 404],
    ['flags', 'OPTIONS', '/auth/token', 404],
    ['token', 'OPTIONS', '/v2/', 401],
    ['nginx', 'OPTIONS', '/index.html', 404],
    ['nginx', 'POST', '/index.html', 404],
  ])('%s: %s %s -> %i', async (kind, method, path, status) => {
    expect((await ask(kind, method, path)).status).toBe(status)
  })
})

it('a readiness probe by OPTIONS says 503 where the registry is gone', async () => {
  const { port } = backend
  await backend.close()
  const deadline = performance.now() + 20_000
  let answer = await ask('flags', 'OPTIONS', '/readyz')
  while (answer.status !== 503 && performance.now() < deadline) answer = await ask('flags', 'OPTIONS', '/readyz')
  backend = await startFaultyBackend(port)
  expect([answer.status, header(answer, 'allow')]).toEqual([503, read])
})
