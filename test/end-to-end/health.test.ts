/** /healthz and /readyz as an orchestrator asks them: without a login, often, and with a backend that comes and goes. */
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { rememberMs } from '../../src/server/worker/readiness.js'
import { type FaultyBackend, startFaultyBackend } from './parts/faulty-backend.js'
import { type Gate, startGate } from './parts/gate.js'
import { type Answer, exchange, header, request } from './parts/raw-client.js'
import { eventually } from './parts/settle.js'

async function ask(gate: Gate, path: string, method = 'GET'): Promise<Answer> {
  const [answer] = await exchange(gate.port, request([`${method} ${path} HTTP/1.1`, 'Host: 10.0.0.7:5000']))
  if (answer === undefined) throw new Error('no answer')
  return answer
}

/** Asks until the status is this one: an answer is good for two seconds. */
async function untilStatus(gate: Gate, status: number): Promise<Answer> {
  const deadline = performance.now() + 10_000
  for (;;) {
    const answer = await ask(gate, '/readyz')
    if (answer.status === status || performance.now() > deadline) return answer
  }
}

const oneWorker = ['--workers', '1']

describe('before a registry', () => {
  let backend: FaultyBackend
  let gate: Gate
  beforeAll(async () => {
    backend = await startFaultyBackend()
    gate = await startGate(backend.url, { flags: oneWorker })
  })
  beforeEach(() => backend.reset())
  afterAll(async () => {
    await gate.stop()
    await backend.close()
  })

  it('both answer in JSON, and nobody keeps the answer', async () => {
    for (const [path, body] of [
      ['/healthz', '{"status":"ok"}\n'],
      ['/readyz', '{"status":"ready"}\n'],
    ] as const) {
      const answer = await ask(gate, path)
      expect(answer).toMatchObject({ status: 200, body, complete: true })
      expect(header(answer, 'content-type')).toBe('application/json; charset=utf-8')
      expect(header(answer, 'cache-control')).toBe('no-store')
      expect(answer.headers.has('www-authenticate')).toBe(false)
    }
  })

  it('HEAD is answered without a body', async () => {
    expect(await ask(gate, '/readyz', 'HEAD')).toMatchObject({ status: 200, body: '' })
  })

  it('a hundred probes ask the registry once', async () => {
    const began = performance.now()
    await Promise.all(Array.from({ length: 100 }, () => ask(gate, '/readyz')))
    const took = performance.now() - began
    // One answer of the registry may have been there before, and each is good for two seconds.
    expect(backend.requests.length).toBeLessThanOrEqual(2 + Math.floor(took / rememberMs))
    for (const { method, target } of backend.requests) expect(`${method} ${target}`).toBe('GET /v2/')
  })

  it('healthz never asks the registry', async () => {
    await ask(gate, '/healthz')
    expect(backend.requests).toEqual([])
  })

  it('neither opens anything else', async () => {
    for (const path of ['/healthz/', '/readyz/../v2/', '/healthz/v2/_catalog', '/v2/healthz'])
      expect((await ask(gate, path)).status, path).toBeGreaterThanOrEqual(400)
    expect(await ask(gate, '/healthz', 'POST')).toMatchObject({ status: 405 })
    expect(backend.requests).toEqual([])
  })

  it('a registry with a fault of its own, then one that is gone, and back again', async () => {
    backend.whenComplete = (_request, socket) =>
      void socket.write('HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n')
    const broken = await untilStatus(gate, 503)
    expect(JSON.parse(broken.body)).toEqual({
      status: 'unavailable',
      reason: 'the registry behind this gate does not answer',
    })
    backend.reset()
    expect((await untilStatus(gate, 200)).status).toBe(200)
    const { port } = backend
    await backend.close()
    expect((await untilStatus(gate, 503)).status).toBe(503)
    expect((await ask(gate, '/healthz')).status).toBe(200)
    await eventually(
      () => gate.log(),
      () => gate.log().includes('"cause":"status 503"') && gate.log().includes('ECONNREFUSED'),
    )
    backend = await startFaultyBackend(port)
    expect((await untilStatus(gate, 200)).status).toBe(200)
  })
})

describe('with the embedded registry', () => {
  let gate: Gate
  beforeAll(async () => {
    gate = await startGate('embedded', { flags: oneWorker })
  })
  afterAll(async () => {
    await gate.stop()
  })

  it('it is ready as long as its storage can be written', async () => {
    expect(await ask(gate, '/readyz')).toMatchObject({ status: 200 })
    const own = join(gate.folder, 'data/docker/registry/v2/_portcullis')
    rmSync(own, { recursive: true })
    writeFileSync(own, '')
    const answer = await untilStatus(gate, 503)
    expect(JSON.parse(answer.body)).toEqual({
      status: 'unavailable',
      reason: 'the registry cannot write to its storage',
    })
    expect(answer.body).not.toContain(gate.folder)
    rmSync(own)
    expect((await untilStatus(gate, 200)).status).toBe(200)
  })
})
