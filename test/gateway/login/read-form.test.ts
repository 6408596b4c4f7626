/** The form of a token request is read whole, or refused: slow, large and broken ones hold nobody up. */
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { RequestError } from '../../../src/errors/request-error.js'
import { readForm } from '../../../src/gateway/login/read-form.js'

let server: Server
let client: Socket
/** What became of the form. */
let outcome: Promise<string>

beforeEach(async () => {
  outcome = new Promise(resolve => {
    server = createServer((request, response) => {
      void readForm(request, 300)
        .catch((error: unknown) => (error instanceof RequestError ? error.code : String(error)))
        .then(text => {
          resolve(text)
          response.end(text)
        })
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  client = connect(port, '127.0.0.1')
  client.on('error', () => {})
})
afterEach(() => {
  client.destroy()
  server.closeAllConnections()
  server.close()
})

const head = 'POST /auth/token HTTP/1.1\r\nHost: localhost\r\n'

it('is what the client sent', async () => {
  client.write(`${head}Content-Length: 7\r\n\r\na=`)
  client.write('1&b=2')
  expect(await outcome).toBe('a=1&b=2')
})

it('is refused where it takes too long', async () => {
  client.write(`${head}Content-Length: 7\r\n\r\na=1`)
  expect(await outcome).toBe('too-slow')
})

it('is refused where it has no end, and the client can read that', async () => {
  client.write(`${head}Transfer-Encoding: chunked\r\n\r\n`)
  const chunk = `1000\r\n${'x'.repeat(4_096)}\r\n`
  for (let sent = 0; sent < 20; sent++) client.write(chunk)
  expect(await outcome).toBe('body-too-large')
  const [answer] = await once(client, 'data')
  expect(String(answer)).toContain('body-too-large')
})

it('is refused where the client leaves', async () => {
  client.write(`${head}Content-Length: 7\r\n\r\na=1`, () => client.destroy())
  expect(await outcome).toBe('bad-request')
})
