/** An `upstream` of which one server is down: no push and no pull fails by it. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type FaultyBackend, ok, startFaultyBackend } from './parts/faulty-backend.js'
import { freePorts } from './parts/free-ports.js'
import { authorization, type Gate, startGate } from './parts/gate.js'
import { exchange, request } from './parts/raw-client.js'

let living: FaultyBackend
let gate: Gate

beforeAll(async () => {
  living = await startFaultyBackend()
  const [dead] = await freePorts(1)
  gate = await startGate('', {
    nginxConf: `
      upstream registry { server 127.0.0.1:${dead}; server ${living.url.replace('http://', '')}; }
      server {
        listen PORT ssl; ssl_certificate certs/cert.pem; ssl_certificate_key certs/key.pem;
        location /v2/ { auth_basic r; auth_basic_user_file htpasswd; proxy_pass http://registry; }
      }`,
  })
})
afterAll(async () => {
  await gate.stop()
  await living.close()
})

it.each([
  ['GET', ''],
  ['POST', ''],
  ['POST', 'Content-Length: 5\r\n\r\nlayer'],
  ['PUT', 'Content-Length: 5\r\n\r\nlayer'],
  ['PATCH', 'Transfer-Encoding: chunked\r\n\r\n5\r\nlayer\r\n0\r\n\r\n'],
  ['DELETE', ''],
])('%s, six times, with "%s"', async (method, rest) => {
  living.whenComplete = (received, socket) => socket.write(ok(Buffer.concat(received.body).toString()))
  const head = [`${method} /v2/a/tags/list HTTP/1.1`, 'Host: localhost', `Authorization: ${authorization}`]
  const bytes = rest === '' ? request(head) : `${head.join('\r\n')}\r\n${rest}`
  const answers = await Promise.all(Array.from({ length: 6 }, () => exchange(gate.port, bytes)))
  const expected = { status: 200, body: rest.includes('layer') ? 'layer' : '' }
  expect(answers.flat()).toMatchObject(Array.from({ length: 6 }, () => expected))
})
