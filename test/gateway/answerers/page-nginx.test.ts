/** With an nginx.conf the page stands at `/` where no location serves that path, and nowhere else. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { certificateFiles, createInFolder } from '../../../src/certificates/create-in-folder.js'
import { authorization, type Gate, startGate } from '../../end-to-end/parts/gate.js'

const folder = mkdtempSync(join(tmpdir(), 'portcullis-welcome-nginx-'))
const other = certificateFiles(folder)
let gate: Gate

const server = (name: string, lines: string, { cert, key } = { cert: 'certs/cert.pem', key: 'certs/key.pem' }) => `
  server {
    listen 127.0.0.1:PORT ssl; server_name ${name}; client_max_body_size 0;
    ssl_certificate ${cert}; ssl_certificate_key ${key};
    ${lines}
  }`
const closed = 'auth_basic Registry; auth_basic_user_file htpasswd;'
const registry = `location /v2/ { ${closed} proxy_pass http://127.0.0.1:1; }`

beforeAll(async () => {
  const names = { hosts: ['other.test'], addresses: [] }
  const now = new Date()
  await createInFolder({ folder, names, algorithm: 'ecdsa', days: 2, authority: false, force: false, now })
  gate = await startGate('', {
    nginxConf: `events {} http {
      ${server('usual.test', registry)}
      ${server('other.test', registry, other)}
      ${server('page.test', `${registry} location / { return 200 hello; }`)}
      ${server('empty.test', `${registry} location / { }`)}
      ${server('moved.test', 'return 301 https://usual.test/;')}
      ${server('closed.test', `${closed} location /v2/ { proxy_pass http://127.0.0.1:1; }`)}
    }`,
  })
})
afterAll(async () => {
  await gate?.stop()
  rmSync(folder, { recursive: true })
})

async function ask(host: string, path: string, { method = 'GET', headers = {} } = {}) {
  const address = { host: '127.0.0.1', port: gate.port, servername: host, rejectUnauthorized: false, agent: false }
  const sent = request({ ...address, method, path, headers: { host: `${host}:5000`, ...headers } }).end()
  const response = await new Promise<import('node:http').IncomingMessage>((resolve, reject) => {
    sent.once('response', resolve).once('error', reject)
  })
  return { status: response.statusCode, body: await text(response) }
}

it('GET / without a location for it is the page', async () => {
  const { status, body } = await ask('usual.test', '/')
  expect(status).toBe(200)
  expect(body).toContain('docker login usual.test:5000')
})

it('each server gives its own certificate', async () => {
  const own = readFileSync(join(gate.folder, 'certs/cert.pem'), 'utf8')
  expect(await ask('usual.test', '/portcullis/ca.pem')).toEqual({ status: 200, body: own })
  expect(await ask('other.test', '/portcullis/ca.pem')).toEqual({
    status: 200,
    body: readFileSync(other.cert, 'utf8'),
  })
})

it.each([
  ['usual.test', 'GET', '/v2/', 401],
  ['usual.test', 'GET', '/index.html', 404],
  ['usual.test', 'POST', '/', 404],
  ['page.test', 'GET', '/', 200],
  ['page.test', 'GET', '/portcullis/ca.pem', 200],
  ['empty.test', 'GET', '/', 404],
  ['moved.test', 'GET', '/', 301],
  ['closed.test', 'GET', '/', 401],
  ['closed.test', 'GET', '/portcullis/ca.pem', 401],
])('%s: %s %s -> %i, as the file says', async (host, method, path, status) => {
  const answer = await ask(host, path, { method })
  expect(answer.status).toBe(status)
  expect(answer.body).not.toMatch(/docker login|CERTIFICATE/)
})

it('where the whole server asks for a password, the page does too', async () => {
  const { status, body } = await ask('closed.test', '/', { headers: { authorization } })
  expect(status).toBe(200)
  expect(body).toContain('docker login closed.test:5000')
})
