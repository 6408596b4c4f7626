/** What SIGTERM does: what is under way ends well, nothing new begins, and the gate exits with 0. */
import { createHash, randomBytes } from 'node:crypto'
import { afterEach, describe, expect, it } from 'vitest'
import { type FaultyBackend, startFaultyBackend } from './parts/faulty-backend.js'
import { authorization, type Gate, type GateOptions, startGate } from './parts/gate.js'
import { neverTaken, outcomeTable, send, startLoad } from './parts/load.js'
import { connectRaw, header, type RawClient, request } from './parts/raw-client.js'
import { eventually } from './parts/settle.js'

const open: { stop(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.stop()
})

async function gateBefore(backend: string, options: GateOptions = {}): Promise<Gate> {
  const gate = await startGate(backend, { flags: ['--workers', '2'], ...options })
  open.push(gate)
  return gate
}

async function scriptedBackend(): Promise<FaultyBackend> {
  const backend = await startFaultyBackend()
  open.push({ stop: () => backend.close() })
  return backend
}

/** Sends the signal, and waits until the gate has taken note of it. */
async function signal(gate: Gate, name: NodeJS.Signals): Promise<void> {
  process.kill(gate.pid, name)
  await eventually(
    () => `no line about ${name}`,
    () => gate.log().includes(`"signal":"${name}","msg":"stopping"`),
  )
}

const head = (method: string, path: string, ...lines: string[]) =>
  request([`${method} ${path} HTTP/1.1`, 'Host: localhost', `Authorization: ${authorization}`, ...lines])

/** A client that has sent the beginning of a layer and waits. */
async function stoppedInMidBody(gate: Gate): Promise<RawClient> {
  const client = await connectRaw(gate.port)
  client.send(head('POST', '/v2/app/blobs/uploads/', 'Content-Length: 0'))
  await client.until(() => client.answers().length === 1)
  client.send(head('PATCH', header(client.answers()[0], 'location'), 'Content-Length: 1000000'))
  client.send('the beginning')
  return client
}

describe('SIGTERM', () => {
  it.each(['SIGTERM', 'SIGINT', 'SIGQUIT'] as const)('a gate with nothing to do exits with 0 on %s', async name => {
    const gate = await gateBefore('embedded')
    process.kill(gate.pid, name)
    expect(await gate.exited).toEqual({ code: 0, signal: null })
  })

  it('a push ends well to its last request, over the connection that it has', async () => {
    const gate = await gateBefore('embedded')
    const client = await connectRaw(gate.port)
    client.send(head('POST', '/v2/app/blobs/uploads/', 'Content-Length: 0'))
    await client.until(() => client.answers().length === 1)
    const upload = header(client.answers()[0], 'location')
    const blob = randomBytes(1024 * 1024)
    client.send(head('PATCH', upload, `Content-Length: ${blob.length}`))
    client.send(blob.subarray(0, 500_000))

    const idle = await connectRaw(gate.port)
    idle.send(head('GET', '/v2/'))
    await idle.until(() => idle.answers().length === 1)
    await signal(gate, 'SIGTERM')
    await idle.ended()
    await expect(send({ port: gate.port, authorization }, 'GET', '/v2/')).rejects.toThrow('ECONNREFUSED')

    client.send(blob.subarray(500_000))
    await client.until(() => client.answers().length === 2)
    const digest = `sha256:${createHash('sha256').update(blob).digest('hex')}`
    const next = header(client.answers()[1], 'location')
    client.send(head('PUT', `${next}${next.includes('?') ? '&' : '?'}digest=${digest}`, 'Content-Length: 0'))
    await client.until(() => client.answers().length === 3)
    const manifest = JSON.stringify({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest, size: blob.length },
      layers: [],
    })
    const type = 'Content-Type: application/vnd.oci.image.manifest.v1+json'
    client.send(head('PUT', '/v2/app/manifests/1', type, `Content-Length: ${manifest.length}`) + manifest)
    await client.until(() => client.answers().length === 4)
    expect(client.answers().map(answer => answer.status)).toEqual([202, 202, 201, 201])
    expect(await gate.exited).toEqual({ code: 0, signal: null })
  })

  it('under constant pushes and pulls loses nothing that it has taken', async () => {
    const gate = await gateBefore('embedded')
    const load = await startLoad({ port: gate.port, authorization, pullers: 3, pushers: 3 })
    await eventually(
      () => 'the load does not run',
      () => load.done > 50,
    )
    process.kill(gate.pid, 'SIGTERM')
    expect(await gate.exited).toEqual({ code: 0, signal: null })
    await load.stop()
    console.log(`requests until the end:\n${outcomeTable(load)}`)
    expect(load.lost.filter(each => !neverTaken(each))).toEqual([])
  })

  it('a pull gets its last byte, and is told that it is the last answer of its connection', async () => {
    const backend = await scriptedBackend()
    let finish = () => {}
    backend.whenComplete = ({ target }, socket) => {
      if (target === '/v2/') return void socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')
      finish = () => socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n${'x'.repeat(100_000)}`)
    }
    const gate = await gateBefore(backend.url)
    const client = await connectRaw(gate.port)
    client.send(head('GET', '/v2/app/blobs/sha256:00'))
    await eventually(
      () => 'the backend has no request',
      () => backend.requests.length === 1,
    )
    await signal(gate, 'SIGTERM')
    finish()
    await client.ended()
    const [answer] = client.answers()
    expect(answer?.complete).toBe(true)
    expect(header(answer, 'connection')).toBe('close')
    expect(await gate.exited).toEqual({ code: 0, signal: null })
  })

  it('a push that stops in the middle of its body is cut at the bound', async () => {
    // Long enough that a busy machine looks before it is over.
    const gate = await gateBefore('embedded', { yaml: 'drain: 3\n' })
    const client = await stoppedInMidBody(gate)
    await signal(gate, 'SIGTERM')
    expect(client.closed).toBe(false)
    await client.ended()
    expect(await gate.exited).toEqual({ code: 0, signal: null })
  })

  it('a connection that says nothing keeps it for seconds, not for the bound', async () => {
    const gate = await gateBefore('embedded')
    const client = await connectRaw(gate.port)
    await signal(gate, 'SIGTERM')
    await client.ended()
    expect(await gate.exited).toEqual({ code: 0, signal: null })
  })

  it('a second one ends it at once, with 1, and no worker stays', async () => {
    const gate = await gateBefore('embedded')
    const workers = gate.workers()
    const client = await stoppedInMidBody(gate)
    await signal(gate, 'SIGTERM')
    process.kill(gate.pid, 'SIGTERM')
    expect(await gate.exited).toEqual({ code: 1, signal: null })
    await client.ended()
    await eventually(
      () => 'a worker is still there',
      () => !workers.some(lives),
    )
  })
})

function lives(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
