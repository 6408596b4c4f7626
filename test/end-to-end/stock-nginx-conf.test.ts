/** The nginx.conf of nginx's image and what it includes serve as they are: only folders and the port are those of the test. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { freePorts } from './parts/free-ports.js'
import { authorization, type Gate, startGate } from './parts/gate.js'

const golden = new URL('../cases/nginx-conf/compiled/stock-of-the-nginx-image.txt', import.meta.url)
const folder = mkdtempSync(join(tmpdir(), 'portcullis-stock-'))
let gate: Gate

beforeAll(async () => {
  const [port = 0] = await freePorts(1)
  const [stock = ''] = readFileSync(golden, 'utf8').split('----------\n')
  const [main = '', site = ''] = stock
    .replaceAll('/etc/nginx/', `${folder}/`)
    .replaceAll('/usr/share/nginx/', `${folder}/`)
    .replace(/listen +80;\n *listen +\[::\]:80;/, `listen 127.0.0.1:${port};`)
    .split(/^# file: .*\n/m)
  const registry = `server {
    listen 127.0.0.1:${port};
    server_name registry.test;
    location / { auth_basic Registry; auth_basic_user_file htpasswd; proxy_pass http://127.0.0.1:1; }
  }`
  for (const name of ['conf.d', 'html']) mkdirSync(join(folder, name))
  writeFileSync(join(folder, 'conf.d/default.conf'), site)
  writeFileSync(join(folder, 'conf.d/registry.conf'), registry)
  writeFileSync(join(folder, 'html/index.htm'), 'welcome')
  gate = await startGate('', { nginxConf: main })
})
afterAll(async () => {
  await gate?.stop()
  rmSync(folder, { recursive: true })
})

async function ask(host: string, path: string, headers: Readonly<Record<string, string>> = {}) {
  const sent = request({ host: '127.0.0.1', port: gate.port, path, headers: { host, ...headers }, agent: false }).end()
  const response = await new Promise<import('node:http').IncomingMessage>((resolve, reject) => {
    sent.once('response', resolve).once('error', reject)
  })
  return { status: response.statusCode, body: await text(response) }
}

it('a folder is answered with the second name of index where the first is not there', async () => {
  expect(await ask('localhost', '/')).toEqual({ status: 200, body: 'welcome' })
})

it('404 for a file that is not there', async () => {
  expect((await ask('localhost', '/missing.html')).status).toBe(404)
})

it('a file in conf.d beside it asks for a password: 401 without, 502 of its missing backend with', async () => {
  expect((await ask('registry.test', '/v2/')).status).toBe(401)
  expect((await ask('registry.test', '/v2/', { authorization })).status).toBe(502)
})

it('the log names the lines without an effect once, and not as warnings', () => {
  const lines = gate
    .log()
    .split('\n')
    .filter(line => line.includes('have no effect here'))
  const [line = '{}'] = lines
  expect(lines).toHaveLength(1)
  expect(JSON.parse(line)).toMatchObject({
    level: expect.anything(),
    lines: expect.arrayContaining([expect.stringMatching(/nginx\.conf:2$/)]),
  })
  expect(gate.log()).not.toContain('is ignored')
})
