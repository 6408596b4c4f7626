/** Clients that vanish, and clients that come at the same time: no partial blob, no open file, no mixed upload. */
import { mkdir, readdir, readlink, symlink } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  digestOf,
  imageManifest,
  ociManifestType,
  pushBlob,
  pushImage,
  type ServedRegistry,
  serveRegistry,
  startUpload,
} from './serve-registry.js'

let registry: ServedRegistry
beforeEach(async () => {
  registry = await serveRegistry()
})
afterEach(async () => {
  expect(registry.faults).toEqual([])
  expect(await openFiles()).toEqual([])
  await registry.close()
})

/** Files below the store that this process holds open. */
async function openFiles(): Promise<readonly string[]> {
  await registry.settled()
  const links = (await readdir('/proc/self/fd')).map(fd => readlink(`/proc/self/fd/${fd}`).catch(() => ''))
  return (await Promise.all(links)).filter(path => path.startsWith(registry.root))
}

/** Sends text on a connection of its own. */
async function open(text: string): Promise<Socket> {
  const socket = connect(registry.port, '127.0.0.1')
  socket.on('error', () => {})
  await new Promise<void>(resolve => socket.once('connect', resolve))
  socket.write(text)
  return socket
}

/** Resolves when the upload holds at least so many bytes. */
async function received(location: string, bytes: number): Promise<void> {
  for (;;) {
    const { range } = (await registry.call('GET', location)).headers
    if (Number(range?.split('-')[1]) + 1 >= bytes) return
  }
}

const mebibyte = Buffer.alloc(1024 * 1024, 'm')

describe('a client that vanishes', () => {
  test.each(['PATCH', 'PUT'])('in a %s can go on where it broke off', async method => {
    const digest = digestOf(Buffer.concat([mebibyte, Buffer.from('tail')]))
    const location = await startUpload(registry, 'team/app')
    const target = method === 'PUT' ? `${location}?digest=${digest}` : location
    const socket = await open(`${method} ${target} HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000\r\n\r\n`)
    socket.write(mebibyte)
    await received(location, mebibyte.length)
    socket.write('ta')
    socket.resume().end()
    await new Promise(resolve => socket.once('close', resolve))
    await registry.settled()
    const offset = mebibyte.length + 2
    expect((await registry.call('GET', location)).headers.range).toBe(`0-${offset - 1}`)
    const rest = { body: 'il', headers: { 'Content-Range': `${offset}-${offset + 1}` } }
    expect((await registry.call('PATCH', location, rest)).status).toBe(202)
    expect((await registry.call('PUT', `${location}?digest=${digest}`)).status).toBe(201)
  })

  test('in a POST of a whole blob leaves nothing', async () => {
    const target = `/v2/team/app/blobs/uploads/?digest=${digestOf(mebibyte)}`
    const socket = await open(`POST ${target} HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000\r\n\r\n`)
    await new Promise<void>(resolve => socket.write(mebibyte, () => resolve()))
    while ((await registry.files()).length === 0);
    socket.destroy()
    await registry.settled()
    while ((await registry.files()).length > 0) await registry.settled()
  })

  test('in a PUT of a manifest leaves nothing', async () => {
    const text = JSON.stringify(await imageManifest(registry, 'team/app'))
    const before = await registry.files()
    const head = `Content-Type: ${ociManifestType}\r\nContent-Length: ${text.length + 1}`
    const socket = await open(`PUT /v2/team/app/manifests/1.0 HTTP/1.1\r\nHost: x\r\n${head}\r\n\r\n${text}`)
    socket.resume().end()
    await new Promise(resolve => socket.once('close', resolve))
    await registry.settled()
    expect(await registry.files()).toEqual(before)
  })

  test('in a download leaves no open file', async () => {
    const digest = await pushBlob(registry, 'team/app', Buffer.alloc(16 * 1024 * 1024, 'd'))
    for (const range of ['', 'Range: bytes=0-5000000,6000000-11000000\r\n']) {
      for (let round = 0; round < 10; round++) {
        const socket = await open(`GET /v2/team/app/blobs/${digest} HTTP/1.1\r\nHost: x\r\n${range}\r\n`)
        await new Promise(resolve => socket.once('data', resolve))
        socket.destroy()
      }
    }
    expect(await openFiles()).toEqual([])
  })
})

describe('at the same time', () => {
  test.each(['PATCH', 'PUT'])('a second writer is refused during a %s, by every process', async method => {
    const other = await serveRegistry({ root: registry.root })
    const location = await startUpload(registry, 'team/app')
    const target = `${location}?digest=${digestOf('first')}`
    const socket = await open(`${method} ${target} HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nfir`)
    const lock = join(registry.root, 'docker/registry/v2/_portcullis/locks')
    while ((await readdir(lock).catch(() => [])).length === 0);
    for (const served of [registry, other]) {
      for (const second of ['PATCH', 'PUT']) {
        expect((await served.call(second, target, { body: 'second' })).status).toBe(409)
      }
    }
    socket.write('st')
    const answer = await new Promise<Buffer>(resolve => socket.once('data', resolve))
    expect(answer.toString()).toMatch(/^HTTP\/1.1 20[12] /)
    socket.destroy()
    if (method === 'PATCH') expect((await other.call('PUT', target)).status).toBe(201)
    await other.close()
  })

  test.each([`${hostname()}/1999999999/1`, `${hostname()}/${process.pid}/1`, `${hostname()}/nonsense`])(
    'the lock of a process that is no more (%s) is taken over',
    async owner => {
      const location = await startUpload(registry, 'team/app')
      const locks = join(registry.root, 'docker/registry/v2/_portcullis/locks')
      await mkdir(locks, { recursive: true })
      await symlink(owner, join(locks, location.split('/').at(-1) ?? ''))
      expect((await registry.call('PATCH', location, { body: 'x' })).status).toBe(202)
      expect(await readdir(locks)).toEqual([])
    },
  )

  test('the lock of another machine is respected', async () => {
    const location = await startUpload(registry, 'team/app')
    const locks = join(registry.root, 'docker/registry/v2/_portcullis/locks')
    await mkdir(locks, { recursive: true })
    await symlink('elsewhere/1/1', join(locks, location.split('/').at(-1) ?? ''))
    expect((await registry.call('PATCH', location, { body: 'x' })).status).toBe(409)
  })

  test('pushes of the same blob, tag and manifest all succeed', async () => {
    const other = await serveRegistry({ root: registry.root })
    await Promise.all(
      Array.from({ length: 20 }, (_, n) => pushImage(n % 2 === 0 ? registry : other, 'team/app', 'latest')),
    )
    const answer = await registry.call('GET', '/v2/team/app/manifests/latest')
    expect(digestOf(answer.body)).toBe(answer.headers['docker-content-digest'])
    await other.close()
  })

  test('pushes and deletes of one tag leave it whole or gone', async () => {
    const images = await Promise.all(
      [1, 2].map(n => pushImage(registry, 'team/app', null, { annotations: { n: `${n}` } })),
    )
    const headers = { 'Content-Type': ociManifestType }
    const path = '/v2/team/app/manifests/latest'
    await Promise.all(
      Array.from({ length: 60 }, async (_, n) => {
        const body = images[n % 2]?.text ?? ''
        const answer = n % 3 === 0 ? registry.call('DELETE', path) : registry.call('PUT', path, { body, headers })
        expect([201, 202, 404]).toContain((await answer).status)
      }),
    )
    const tags = JSON.parse((await registry.call('GET', '/v2/team/app/tags/list')).text).tags
    expect((await registry.call('GET', path)).status).toBe(tags.length === 0 ? 404 : 200)
  })

  test('pushes and deletes of one blob leave it whole or gone', async () => {
    const path = `/v2/team/app/blobs/${digestOf('blob')}`
    await Promise.all(
      Array.from({ length: 40 }, (_, n) =>
        n % 2 === 0 ? pushBlob(registry, 'team/app', 'blob') : registry.call('DELETE', path),
      ),
    )
    expect(['200 blob', '404']).toContain(
      await registry.call('GET', path).then(answer => (answer.status === 200 ? `200 ${answer.text}` : '404')),
    )
  })
})

test('after a refused body the connection serves the next request', async () => {
  const location = await startUpload(registry, 'team/app')
  const socket = await open(
    `PATCH ${location} HTTP/1.1\r\nHost: x\r\nContent-Range: 0-1\r\nTransfer-Encoding: chunked\r\n\r\n`,
  )
  let answers = ''
  socket.on('data', text => {
    answers += text
  })
  for (let sent = 0; sent < 4; sent++)
    socket.write(Buffer.concat([Buffer.from('100000\r\n'), mebibyte, Buffer.from('\r\n')]))
  socket.write(`0\r\n\r\nGET ${location} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
  await new Promise(resolve => socket.once('close', resolve))
  expect(answers.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 400', 'HTTP/1.1 204'])
  expect(answers).toContain('Range: 0-0')
})

test('64 MiB go in and out with little of it in memory', async () => {
  const bytes = Buffer.alloc(64 * 1024 * 1024, 'b')
  const digest = digestOf(bytes)
  const location = await startUpload(registry, 'team/app')
  const before = process.memoryUsage().arrayBuffers
  let peak = 0
  const timer = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage().arrayBuffers - before)
  }, 2)
  expect((await registry.call('PATCH', location, { body: bytes })).status).toBe(202)
  clearInterval(timer)
  expect((await registry.call('PUT', `${location}?digest=${digest}`)).status).toBe(201)
  expect((await registry.call('HEAD', `/v2/team/app/blobs/${digest}`)).headers['content-length']).toBe('67108864')
  // Socket reads and two batches; far below the body.
  expect(peak).toBeLessThan(40 * 1024 * 1024)
})
