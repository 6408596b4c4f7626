/** CONNECT behind other requests, on connections that end or break: it is refused, and no worker dies of it. */
import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type FaultyBackend, startFaultyBackend } from './parts/faulty-backend.js'
import { authorization, type Gate, startGate } from './parts/gate.js'
import { eventually } from './parts/settle.js'

const tunnel = 'CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n'
const login = `Host: localhost\r\nAuthorization: ${authorization}\r\n`

describe.each([
  { scheme: 'http', listen: 'listen 127.0.0.1:PORT;' },
  {
    scheme: 'https',
    listen: 'listen 127.0.0.1:PORT ssl; ssl_certificate certs/cert.pem; ssl_certificate_key certs/key.pem;',
  },
])('over $scheme', ({ scheme, listen }) => {
  let backend: FaultyBackend
  let gate: Gate
  let workers: readonly number[] = []
  beforeAll(async () => {
    backend = await startFaultyBackend()
    gate = await startGate('', {
      flags: ['--workers', '1'],
      nginxConf: `events {}
http { server { ${listen} location / { auth_basic R; auth_basic_user_file htpasswd; proxy_pass ${backend.url}; } } }`,
    })
    workers = gate.workers()
  })
  afterAll(async () => {
    await gate?.stop()
    await backend?.close()
  })

  const open = () =>
    new Promise<{ readonly raw: Socket; readonly socket: Socket; received(): string }>((resolve, reject) => {
      const raw = connectTcp(gate.port, '127.0.0.1')
      const socket = scheme === 'http' ? raw : connectTls({ socket: raw, rejectUnauthorized: false })
      let received = ''
      socket.setEncoding('latin1').on('data', (text: string) => {
        received += text
      })
      const ready = () => {
        socket.off('error', reject).on('error', () => {})
        resolve({ raw, socket, received: () => received })
      }
      socket.once('error', reject).once(scheme === 'http' ? 'connect' : 'secureConnect', ready)
    })
  const statusesIn = (text: string) => [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => status)
  const survives = async () => {
    for (let turn = 0; turn < 3; turn++) {
      const connection = await open()
      connection.socket.write('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
      await eventually(
        () => 'no answer',
        () => connection.received().includes(' 401 '),
      )
      connection.socket.destroy()
    }
    expect(gate.workers()).toEqual(workers)
    expect(gate.log()).not.toMatch(/"level":"(?:error|fatal)"/)
  }

  it.each([
    ['nothing', '', ['405']],
    [
      'a refused body that waited to be wanted',
      'POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello',
      ['401', '405'],
    ],
    [
      'a refused body in chunks',
      'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
      ['401', '405'],
    ],
    [
      'too many header lines',
      `POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n${'a:b\r\n'.repeat(1_200)}\r\n5\r\nhello\r\n0\r\n\r\n`,
      ['431', '405'],
    ],
    ['a malformed request', 'GET / HTTP/1.1\r\n\r\n', ['400', '405']],
    ['a refused request', 'GET / HTTP/1.1\r\nHost: x\r\n\r\n', ['401', '405']],
    ['itself', tunnel, ['405']],
  ])('behind %s', async (_, before, expected) => {
    for (let turn = 0; turn < 5; turn++) {
      const { socket, received } = await open()
      socket.write(before + tunnel, 'latin1')
      await eventually(
        () => `still open: ${received()}`,
        () => socket.closed,
      )
      // In the order of the requests; what is behind an answer that closes the connection may have none.
      const statuses = statusesIn(received())
      expect(expected.slice(0, statuses.length)).toEqual(statuses)
    }
    await survives()
  })

  it('behind an answer that is under way comes behind all of it', async () => {
    let goOn = () => {}
    backend.whenComplete = (_, socket) => {
      goOn = () => void socket.write('ning.')
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nbegin')
    }
    const { socket, received } = await open()
    socket.write(`GET /slow HTTP/1.1\r\n${login}\r\n${tunnel}`)
    await eventually(
      () => 'no answer',
      () => received().endsWith('begin'),
    )
    goOn()
    await eventually(
      () => 'still open',
      () => socket.closed,
    )
    expect(statusesIn(received())).toEqual(['200', '405'])
    expect(received()).toContain('\r\n\r\nbeginning.HTTP/1.1 405 ')
    await survives()
  })

  it('on a connection that is reset', async () => {
    for (let turn = 0; turn < 20; turn++) {
      const { raw, socket } = await open()
      socket.write(tunnel)
      setImmediate(() => raw.resetAndDestroy())
      await eventually(
        () => 'still open',
        () => raw.destroyed,
      )
    }
    await survives()
  })
})
