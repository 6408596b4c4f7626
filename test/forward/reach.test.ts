/** Whether a backend answers, and how often it is asked. */
import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { createReach } from '../../src/forward/reach.js'

const servers: Server[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    await new Promise(resolve => server.close(resolve))
  }
})

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  servers.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
}

const patient = { rememberMs: 0, patienceMs: 5_000, now: () => 0 }

describe('a backend is there', () => {
  it.each([200, 307, 401, 404, 405])('that answers %i', async status => {
    const backend = await serve((_request, response) => response.writeHead(status).end())
    expect(await createReach(patient)(backend, true)).toBeNull()
  })

  it('is asked for the root of the registry API, without anybody’s name', async () => {
    const seen: (string | undefined)[] = []
    const backend = await serve((request, response) => {
      seen.push(request.method, request.url, request.headers.authorization)
      response.end()
    })
    await createReach(patient)(backend, true)
    expect(seen).toEqual(['GET', '/v2/', undefined])
  })

  it('with a head of 30 KiB', async () => {
    const backend = await serve((_request, response) =>
      response.writeHead(200, { 'X-Large': 'x'.repeat(30 * 1024) }).end(),
    )
    expect(await createReach(patient)(backend, true)).toBeNull()
  })

  it('before it has sent its body', async () => {
    const backend = await serve((_request, response) => response.writeHead(200).write('{'))
    expect(await createReach(patient)(backend, true)).toBeNull()
  })
})

describe('a backend is not there', () => {
  it('that answers with a fault of its own', async () => {
    const backend = await serve((_request, response) => response.writeHead(503).end())
    expect(await createReach(patient)(backend, true)).toBe('status 503')
  })

  it('where nothing listens', async () => {
    const backend = await serve(() => {})
    await new Promise(resolve => servers.pop()?.close(resolve))
    expect(await createReach(patient)(backend, true)).toMatch(/ECONNREFUSED/)
  })

  it('that closes without an answer', async () => {
    const backend = await serve(request => request.socket.destroy())
    expect(await createReach(patient)(backend, true)).toMatch(/socket hang up|ECONNRESET/)
  })

  it('that keeps its answer for too long', async () => {
    const backend = await serve(() => {})
    expect(await createReach({ ...patient, patienceMs: 20 })(backend, true)).toBe('no answer within 20 ms')
  })
})

describe('its answer', () => {
  it('is good for a while, however often it is asked for', async () => {
    let asked = 0
    let time = 0
    const backend = await serve((_request, response) => {
      asked++
      response.end()
    })
    const reach = createReach({ ...patient, rememberMs: 2_000, now: () => time })
    await Promise.all([1, 2, 3].map(() => reach(backend, true)))
    time = 1_999
    await reach(backend, true)
    expect(asked).toBe(1)
    time = 2_000
    await reach(backend, true)
    expect(asked).toBe(2)
  })

  it('is that of this backend alone', async () => {
    const good = await serve((_request, response) => response.end())
    const bad = await serve((_request, response) => response.writeHead(500).end())
    const reach = createReach({ ...patient, rememberMs: 60_000 })
    expect([await reach(good, true), await reach(bad, true), await reach(good, true)]).toEqual([
      null,
      'status 500',
      null,
    ])
  })
})
