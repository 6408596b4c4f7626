/** Manifests held in memory: how much they cost, and who gives way where there are too many. */
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { connect, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { RequestError } from '../../src/errors/request-error.js'
import { createManifestBuffer, type ManifestBuffer, manifestLimit } from '../../src/registry-api/manifest-buffer.js'

/** A place for a small manifest; it grows with what comes. */
const small = 16 * 1024

let server: Server | null = null
const sockets: Socket[] = []
/** Paths of the requests that have arrived. */
const arrived: string[] = []

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy()
  server?.closeAllConnections()
  server?.close()
})

/** Answers with the length of what came, once `use` has ended. */
async function serve(held: ManifestBuffer, limit: number, use: (path: string, manifest: Buffer) => Promise<void>) {
  server = createServer((request, response) => {
    arrived.push(request.url ?? '')
    const taken = held.hold(request, limit, async manifest => {
      await use(request.url ?? '', manifest)
      response.end(`${manifest.length} bytes`)
    })
    taken.catch((error: unknown) => {
      const { status = 500, headers = {} } = error instanceof RequestError ? error : {}
      response.writeHead(status, { ...headers, Connection: 'close' }).end(String(error))
      request.resume()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
}

interface Client {
  send(bytes: string | Buffer): void
  /** Status line and body, or `cut` where the connection ends without an answer. */
  readonly answer: Promise<string>
  readonly socket: Socket
}

async function put(path: string, length: number | 'chunked', begin = ''): Promise<Client> {
  const address = server?.address()
  if (typeof address !== 'object' || address === null) throw new Error('nothing listens')
  const socket = connect(address.port, '127.0.0.1')
  sockets.push(socket)
  socket.on('error', () => {})
  await once(socket, 'connect')
  const answer = new Promise<string>(resolve => {
    let text = ''
    const look = () => {
      const found = /^HTTP\/1.1 (\d+) .*?\r\n\r\n(?:[0-9a-f]+\r\n)?(.+?)(?:\r\n|$)/s.exec(text)
      if (found !== null) resolve(`${found[1]} ${found[2]}${/retry-after: 1\r/i.test(text) ? ', after 1 s again' : ''}`)
    }
    socket.setEncoding('latin1').on('data', (more: string) => {
      text += more
      look()
    })
    socket.once('close', () => resolve('cut'))
  })
  const framing = length === 'chunked' ? 'Transfer-Encoding: chunked' : `Content-Length: ${length}`
  socket.write(`PUT /${path} HTTP/1.1\r\nHost: here\r\n${framing}\r\n\r\n${begin}`, 'latin1')
  return { send: bytes => void socket.write(bytes), answer, socket }
}

const nothing = async () => {}

describe('a manifest', () => {
  it('is there whole, in however many pieces it comes', async () => {
    let seen = ''
    await serve(createManifestBuffer(manifestLimit), 50_000, async (_, manifest) => {
      seen = manifest.toString('latin1')
    })
    const text = Array.from({ length: 40_000 }, (_, index) => String(index % 10)).join('')
    const { answer } = await put(
      'all',
      'chunked',
      `${text.replace(/.{1,7}/g, part => `${part.length}\r\n${part}\r\n`)}0\r\n\r\n`,
    )
    expect(await answer).toBe('200 40000 bytes')
    expect(seen).toBe(text)
  })

  it('may be empty', async () => {
    await serve(createManifestBuffer(manifestLimit), manifestLimit, nothing)
    expect(await (await put('none', 0)).answer).toBe('200 0 bytes')
  })

  it.each<[string, number | 'chunked', string]>([
    ['by what it announces', 101, ''],
    ['by what comes', 'chunked', `65\r\n${'x'.repeat(101)}\r\n0\r\n\r\n`],
  ])('is refused where it is too long, %s', async (_, length, begin) => {
    await serve(createManifestBuffer(manifestLimit), 100, nothing)
    expect(await (await put('long', length, begin)).answer).toContain(
      '413 RequestError: a manifest has at most 100 bytes here',
    )
  })

  it('costs about its length, in pieces of one byte as well', async () => {
    let held = 0
    const memory = () => process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers
    const before = memory()
    await serve(createManifestBuffer(manifestLimit), manifestLimit, async () => {
      held = memory() - before
    })
    const pieces = 1_000_000
    const { send, answer } = await put('tiny', 'chunked')
    for (let sent = 0; sent < pieces; sent += 50_000) send('1\r\nx\r\n'.repeat(50_000))
    send('0\r\n\r\n')
    expect(await answer).toBe(`200 ${pieces} bytes`)
    expect(held / 1024 / 1024).toBeLessThan(150)
  })
})

describe('where there are more than may be held', () => {
  it('the one that came first and is not there yet gives way to the next', async () => {
    await serve(createManifestBuffer(4 * small), 4 * small, nothing)
    const slow: Client[] = []
    for (let index = 0; index < 4; index++) {
      const client = await put(`slow-${index}`, 2, '{')
      slow.push(client)
      await expect.poll(() => arrived).toContain(`/slow-${index}`)
    }
    expect(await (await put('quick', 2, '{}')).answer).toBe('200 2 bytes')
    expect(await slow[0]?.answer).toContain('503 RequestError: too many manifests are on their way')
    expect(await slow[0]?.answer).toContain('after 1 s again')
    for (const client of slow.slice(1)) client.send('}')
    expect(await Promise.all(slow.slice(1).map(client => client.answer))).toEqual([
      '200 2 bytes',
      '200 2 bytes',
      '200 2 bytes',
    ])
  })

  it('one that is there and is held all the same gives way as well, and loses its connection', async () => {
    const never = new Promise<void>(() => {})
    await serve(createManifestBuffer(2 * small), 2 * small, async path => {
      if (path !== '/stuck') return
      arrived.push('all of it')
      await never
    })
    const stuck = await put('stuck', small + 1, 'x'.repeat(small + 1))
    await expect.poll(() => arrived).toContain('all of it')
    const next = await put('next', small + 1, 'x'.repeat(small + 1))
    expect(await Promise.all([stuck.answer, next.answer])).toEqual(['cut', `200 ${small + 1} bytes`])
  })

  it('those that have been answered, have broken off or were refused take no place', async () => {
    await serve(createManifestBuffer(2 * small), 2 * small, nothing)
    const waiting = await put('waiting', 2, '{')
    for (let index = 0; index < 20; index++) {
      expect(await (await put('answered', 2, '{}')).answer).toBe('200 2 bytes')
      const broken = await put('broken', 2, '{')
      broken.socket.destroy()
      expect(await (await put('long', 'chunked', `a000\r\n${'x'.repeat(0xa000)}\r\n`)).answer).toContain('413')
    }
    waiting.send('}')
    expect(await waiting.answer).toBe('200 2 bytes')
  })
})
