/** `listen unix:...` of an nginx.conf: the same server at a file, for whoever is on this machine. */
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { type IncomingMessage, request as plain, type RequestOptions } from 'node:http'
import { request as secure } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { authorization, type Gate, startGate } from './parts/gate.js'

const folder = mkdtempSync(join(tmpdir(), 'portcullis-unix-'))
const [open, tls] = [join(folder, 'open.sock'), join(folder, 'tls.sock')]
let gate: Gate

beforeAll(async () => {
  const server = (listen: string) => `server {
    ${listen} ssl_certificate certs/cert.pem; ssl_certificate_key certs/key.pem; client_max_body_size 0;
    location /v2/ { auth_basic Registry; auth_basic_user_file htpasswd; proxy_pass http://127.0.0.1:1; }
  }`
  gate = await startGate('', {
    nginxConf: `events {} http {
      ${server(`listen 127.0.0.1:PORT ssl; listen unix:${tls} ssl;`)} ${server(`listen unix:${open};`)}
    }`,
  })
})
afterAll(async () => {
  await gate?.stop()
  rmSync(folder, { recursive: true })
})

function status(ask: typeof plain | typeof secure, socketPath: string, headers = {}): Promise<number | undefined> {
  const options: RequestOptions = { socketPath, path: '/v2/', headers: { host: 'localhost', ...headers }, agent: false }
  return new Promise((resolve, reject) => {
    const sent = ask({ ...options, rejectUnauthorized: false }, (response: IncomingMessage) => {
      response.resume()
      resolve(response.statusCode)
    })
    sent.once('error', reject).end()
  })
}

it.each([
  ['plain HTTP', plain, open],
  ['TLS', secure, tls],
])('%s: asks for a password, and lets pass who has one', async (_, ask, path) => {
  expect(await status(ask, path)).toBe(401)
  // Nobody is behind.
  expect(await status(ask, path, { authorization })).toBe(502)
})

it('everybody on the machine may use it, as with nginx, and it goes with the gate', async () => {
  expect(statSync(open).mode & 0o777).toBe(0o777)
  await gate.stop()
  expect([open, tls].filter(existsSync)).toEqual([])
})
