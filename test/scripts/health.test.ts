/** The health check of the image: which ports it asks, and which answers are health. */
import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { afterEach, describe, expect, test } from 'vitest'
import { answers, listeningAddresses } from '../../scripts/health.js'
import { createCertificates } from '../../src/certificates/create.js'

const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:1388 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 101 1 0000000000000000 100 0 0 10 0
   1: 0B00007F:8E4F 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 102 1 0000000000000000 100 0 0 10 0
   2: 020012AC:1388 010012AC:D2F0 01 00000000:00000000 00:00000000 00000000  1000        0 103 1 0000000000000000 20 4 30 10 -1
   3: 0100000A:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 104 1 0000000000000000 100 0 0 10 0
`
const table6 = `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000000000000000000000000000:1388 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 105 1 0000000000000000 100 0 0 10 0
   1: B80D0120000000000000000001000000:01BB 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 106 1 0000000000000000 100 0 0 10 0
`

test('asked is what the processes of the container listen on, and nothing else', () => {
  expect(listeningAddresses(table, new Set(['101', '103', '104']))).toEqual([
    { host: '127.0.0.1', port: 5000 },
    { host: '10.0.0.1', port: 80 },
  ])
  expect(listeningAddresses(table6, new Set(['105', '106']))).toEqual([
    { host: '::1', port: 5000 },
    { host: '2001:0DB8:0000:0000:0000:0000:0000:0001', port: 443 },
  ])
})

const servers: Server[] = []
const sockets = new Set<Socket>()
afterEach(() => {
  for (const socket of sockets) socket.destroy()
  for (const server of servers.splice(0)) server.close()
})

async function listen(server: Server): Promise<{ host: string; port: number }> {
  servers.push(server)
  server.on('connection', (socket: Socket) => sockets.add(socket))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { host: '127.0.0.1', port }
}

const pair = await createCertificates({
  names: { hosts: ['registry.local'], addresses: [] },
  algorithm: 'ecdsa',
  days: 1,
  now: new Date(),
  signer: 'itself',
}).then(({ cert, key }) => ({ cert, key: key.reveal() }))

describe('healthy is', () => {
  test.each([200, 308, 401, 404, 502])('a TLS port that answers %i', async status => {
    const server = createHttpsServer(pair, (_request, response) => response.writeHead(status).end())
    await expect(answers(await listen(server))).resolves.toBeUndefined()
  })

  test('a port of plain HTTP that answers', async () => {
    await expect(answers(await listen(createHttpServer((_, response) => response.end())))).resolves.toBeUndefined()
  })

  test('a TLS port that closes the connection once it was asked, as nginx does for "return 444"', async () => {
    const server = createTlsServer(pair, socket => socket.once('data', () => socket.destroy()))
    await expect(answers(await listen(server))).resolves.toBeUndefined()
  })

  test('a port of plain HTTP that closes the connection once it was asked', async () => {
    const server = createHttpServer((_, response) => response.destroy())
    await expect(answers(await listen(server))).resolves.toBeUndefined()
  })
})

describe('unhealthy is', () => {
  test('a port on which nobody listens', async () => {
    const server = createServer()
    const address = await listen(server)
    server.close()
    await expect(answers(address)).rejects.toThrow('ECONNREFUSED')
  })

  test('a port that takes connections and is silent', async () => {
    await expect(answers(await listen(createServer()), 200)).rejects.toThrow('no answer in time')
  })

  test('a TLS port that never answers the request', async () => {
    await expect(answers(await listen(createHttpsServer(pair)), 300)).rejects.toThrow('no answer in time')
  })

  test('a port that closes connections at once', async () => {
    const server = createServer(socket => socket.destroy())
    await expect(answers(await listen(server))).rejects.toThrow()
  })
})
