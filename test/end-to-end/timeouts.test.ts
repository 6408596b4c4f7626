/** `proxy_read_timeout` and `proxy_send_timeout` count for themselves, and only while it is the backend's turn. */
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type FaultyBackend, ok, startFaultyBackend } from './parts/faulty-backend.js'
import { authorization, type Gate, startGate } from './parts/gate.js'
import { connectRaw, exchange, request } from './parts/raw-client.js'
import { eventually } from './parts/settle.js'

let backend: FaultyBackend
let gate: Gate

beforeAll(async () => {
  backend = await startFaultyBackend()
  gate = await startGate(backend.url, {
    nginxConf: `server {
      listen PORT ssl; ssl_certificate certs/cert.pem; ssl_certificate_key certs/key.pem; client_max_body_size 0;
      auth_basic r; auth_basic_user_file htpasswd;
      location /read/ { proxy_pass ${backend.url}; proxy_read_timeout 1s; }
      location /send/ { proxy_pass ${backend.url}; proxy_send_timeout 1s; }
    }`,
  })
})
beforeEach(() => backend.reset())
afterAll(async () => {
  await gate.stop()
  await backend.close()
})

const head = (method: string, target: string, ...more: string[]) =>
  request([`${method} ${target} HTTP/1.1`, 'Host: localhost', `Authorization: ${authorization}`, ...more])

/** By the gate's own clock: a request of the same limit that gets no answer is refused. */
async function untilReadTimeout(): Promise<void> {
  await exchange(gate.port, head('GET', '/read/silent'))
}

/** A line of the log may come behind its answer. */
const logged = (cause: string) =>
  eventually(
    () => gate.log(),
    () => gate.log().includes(cause),
  )

describe('504 below the 60 s of the other direction', () => {
  it('where no answer comes within proxy_read_timeout', async () => {
    backend.whenComplete = () => {}
    const [answer] = await exchange(gate.port, head('GET', '/read/a'))
    expect(answer).toMatchObject({ status: 504, complete: true })
    await logged('no byte of an answer came within 1000 ms')
  })

  it('where no answer comes to a whole body', async () => {
    backend.whenComplete = () => {}
    const [answer] = await exchange(gate.port, `${head('PUT', '/read/a', 'Content-Length: 4')}body`)
    expect(answer).toMatchObject({ status: 504, complete: true })
  })

  it('where a backend takes nothing of a body within proxy_send_timeout', async () => {
    backend.whenHead = (_, socket) => socket.pause()
    const client = await connectRaw(gate.port)
    client.send(head('PUT', '/send/a', 'Content-Length: 50000000'))
    client.socket.write(Buffer.alloc(50_000_000, 'x'))
    await client.until(() => client.answers().some(answer => answer.complete))
    client.destroy()
    expect(client.answers()).toMatchObject([{ status: 504 }])
    await logged('no byte of the request was taken within 1000 ms')
  })
})

describe('a broken transfer', () => {
  it('where an answer stands still for proxy_read_timeout', async () => {
    backend.whenComplete = (_, socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf')
    const client = await connectRaw(gate.port)
    client.send(head('GET', '/read/a'))
    await client.ended()
    expect(client.answers()).toMatchObject([{ status: 200, body: 'half', complete: false }])
  })
})

describe('no time-out', () => {
  it('of the answer while an answer goes on byte by byte', async () => {
    backend.whenComplete = async (received, socket) => {
      if (received.target !== '/read/a') return
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n')
      for (let sent = 0; sent < 20; sent++) {
        await delay(60)
        socket.write('x')
      }
    }
    const [answer] = await exchange(gate.port, head('GET', '/read/a'))
    expect(answer).toMatchObject({ status: 200, complete: true })
  })

  it('of the answer while the client still sends', async () => {
    backend.whenComplete = (received, socket) => {
      if (received.target === '/read/a') socket.write(ok('whole'))
    }
    const client = await connectRaw(gate.port)
    client.send(`${head('PUT', '/read/a', 'Content-Length: 8')}half`)
    await untilReadTimeout()
    client.send('half')
    await client.until(() => client.answers().some(answer => answer.complete))
    client.destroy()
    expect(client.answers()).toMatchObject([{ status: 200, body: 'whole' }])
  })

  it('of the answer while the client takes nothing of it', async () => {
    const size = 30_000_000
    const large = ok('x'.repeat(size))
    backend.whenComplete = (received, socket) => {
      if (received.target === '/read/a') socket.write(large)
    }
    const client = await connectRaw(gate.port)
    client.send(head('GET', '/read/a'))
    await client.until(() => client.received() !== '')
    client.socket.pause()
    await untilReadTimeout()
    client.socket.resume()
    await client.until(() => client.socket.bytesRead > size)
    client.destroy()
    expect(client.answers()).toMatchObject([{ status: 200, complete: true }])
  })

  it('of sending while the client sends nothing', async () => {
    backend.whenComplete = (received, socket) => {
      if (received.target === '/send/a') socket.write(ok('whole'))
    }
    const client = await connectRaw(gate.port)
    client.send(`${head('PUT', '/send/a', 'Content-Length: 8')}half`)
    await untilReadTimeout()
    client.send('half')
    await client.until(() => client.answers().some(answer => answer.complete))
    client.destroy()
    expect(client.answers()).toMatchObject([{ status: 200, body: 'whole' }])
  })

  it('of sending while the backend thinks about its answer', async () => {
    backend.whenComplete = async (received, socket) => {
      if (received.target !== '/send/a') return
      await untilReadTimeout()
      socket.write(ok('late'))
    }
    const [answer] = await exchange(gate.port, head('GET', '/send/a'))
    expect(answer).toMatchObject({ status: 200, body: 'late' })
  })
})
