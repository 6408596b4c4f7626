/** The numbers of a whole gate: its primary and all its workers, at an address of their own. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type FaultyBackend, startFaultyBackend } from './parts/faulty-backend.js'
import { authorization, basic, type Gate, startGate, user } from './parts/gate.js'
import { connectRaw, exchange, request } from './parts/raw-client.js'
import { eventually } from './parts/settle.js'

let backend: FaultyBackend
let gate: Gate

beforeAll(async () => {
  backend = await startFaultyBackend()
  gate = await startGate(backend.url, { flags: ['--workers', '2', '--metrics', '127.0.0.1:0'] })
})
afterAll(async () => {
  await gate.stop()
  await backend.close()
})

const scrape = async () => (await fetch(gate.metricsUrl)).text()

/** The first scrape of which this is true; the last one before the time is up. */
async function scrapeUntil(look: (text: string) => boolean): Promise<string> {
  const deadline = performance.now() + 10_000
  for (;;) {
    const text = await scrape()
    if (look(text) || performance.now() > deadline) return text
    await delay(20)
  }
}

/** One sample; 0 where there is none yet. */
function sample(text: string, name: string): number {
  const line = text.split('\n').find(each => each.startsWith(`${name} `))
  return Number(line?.slice(name.length + 1) ?? 0)
}

const ask = (target: string, credentials = authorization) =>
  exchange(gate.port, request([`GET ${target} HTTP/1.1`, 'Host: localhost', `Authorization: ${credentials}`]))

const accepted = 'portcullis_logins_total{outcome="accepted"}'
const wrong = 'portcullis_logins_total{outcome="wrong"}'
const brokenOff = 'portcullis_requests_total{method="PATCH",status="4xx",action="patch-upload"}'
const pulls = 'portcullis_requests_total{method="GET",status="2xx",action="list-tags"}'

it('requests of all workers are in one scrape', async () => {
  const before = await scrape()
  // Each on a connection of its own, which the workers take in turn.
  for (let count = 0; count < 20; count++) await ask('/v2/team/app/tags/list')
  await ask('/v2/', basic(user.name, 'wrong'))
  // A request is counted when its connection is done with the answer, which its client may have by then.
  const after = await scrapeUntil(now => sample(now, pulls) - sample(before, pulls) === 20 && sample(now, wrong) === 1)
  expect(sample(after, pulls) - sample(before, pulls)).toBe(20)
  expect(sample(after, accepted) - sample(before, accepted)).toBe(20)
  expect(sample(after, wrong)).toBe(1)
  expect(sample(after, 'portcullis_received_bytes_total')).toBeGreaterThan(20 * 100)
})

it('connections and transfers under way are seen while they last', async () => {
  const client = await connectRaw(gate.port)
  const blob = Buffer.alloc(100_000)
  client.send(
    request([
      'PATCH /v2/team/app/blobs/uploads/1 HTTP/1.1',
      'Host: localhost',
      `Authorization: ${authorization}`,
      `Content-Length: ${blob.length * 2}`,
    ]),
  )
  client.send(blob)
  // Clients of the test before may still be leaving.
  const text = await scrapeUntil(
    now =>
      sample(now, 'portcullis_received_bytes_total') > blob.length && sample(now, 'portcullis_open_connections') === 1,
  )
  expect(sample(text, 'portcullis_received_bytes_total')).toBeGreaterThan(blob.length)
  expect(sample(text, 'portcullis_requests_in_progress')).toBe(1)
  expect(sample(text, 'portcullis_open_connections')).toBe(1)
  client.destroy()
  // The request ends a moment before its connection is known to be closed.
  const after = await scrapeUntil(
    now => sample(now, brokenOff) === 1 && sample(now, 'portcullis_open_connections') === 0,
  )
  expect(sample(after, brokenOff)).toBe(1)
  expect(sample(after, 'portcullis_requests_in_progress')).toBe(0)
  expect(sample(after, 'portcullis_open_connections')).toBe(0)
  await eventually(
    () => gate.log(),
    () => /"action":"patch-upload".*"error":"bad-request","cause":"Parse Error/.test(gate.log()),
  )
})

it('a worker that dies is counted, and takes nothing with it', async () => {
  const before = await scrape()
  const [worker] = readFileSync(`/proc/${gate.pid}/task/${gate.pid}/children`, 'utf8').trim().split(' ')
  process.kill(Number(worker), 'SIGKILL')
  const after = await scrapeUntil(now => sample(now, 'portcullis_worker_restarts_total') === 1)
  expect(sample(after, 'portcullis_worker_restarts_total')).toBe(1)
  expect(sample(after, pulls)).toBe(sample(before, pulls))
  expect(sample(after, accepted)).toBe(sample(before, accepted))
})

it('the end of the certificate and the version are there', async () => {
  const text = await scrape()
  const end =
    /^portcullis_certificate_not_after_timestamp_seconds\{listener="127\.0\.0\.1:0",name="localhost"\} (\d+)$/m
  const seconds = Number(end.exec(text)?.[1])
  expect(seconds).toBeGreaterThan(Date.now() / 1e3)
  expect(seconds).toBeLessThan(Date.now() / 1e3 + 3 * 86_400)
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  expect(text).toContain(`portcullis_build_info{version="${version}",node="${process.versions.node}"} 1`)
})

it('a fault of the backend has its kind', async () => {
  backend.whenComplete = (_request, socket) => void socket.destroy()
  await exchange(
    gate.port,
    request(['POST /v2/a/blobs/uploads/ HTTP/1.1', 'Host: localhost', `Authorization: ${authorization}`]),
  )
  backend.reset()
  const unreachable = 'portcullis_backend_errors_total{kind="unreachable"}'
  const after = await scrapeUntil(now => sample(now, unreachable) > 0)
  expect(sample(after, unreachable)).toBe(1)
})

describe('the address', () => {
  it('gives the type of the text format', async () => {
    const answer = await fetch(gate.metricsUrl)
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    await answer.body?.cancel()
  })

  it.each([
    ['GET', '/', 404],
    ['GET', '/v2/', 404],
    ['GET', '/metrics/', 404],
    ['POST', '/metrics', 405],
    ['DELETE', '/metrics', 405],
    ['HEAD', '/metrics', 200],
    ['OPTIONS', '/metrics', 204],
    ['OPTIONS', '/healthz', 204],
    ['POST', '/healthz', 405],
    ['GET', '/healthz', 200],
  ])('answers %s %s with %i', async (method, path, status) => {
    const answer = await fetch(new URL(path, gate.metricsUrl), { method })
    expect(answer.status).toBe(status)
    await answer.body?.cancel()
  })

  it('gives many who ask at once the same numbers', async () => {
    const texts = await Promise.all(Array.from({ length: 20 }, scrape))
    for (const text of texts) expect(text).toContain('portcullis_requests_total')
  })

  it('is not on the port for clients', async () => {
    const [answer] = await ask('/metrics')
    expect(answer?.status).toBe(404)
  })
})

it('nothing listens for Prometheus without the flag', async () => {
  const quiet = await startGate(backend.url, { flags: ['--workers', '1'] })
  try {
    expect(listening(quiet.pid)).toEqual([quiet.port])
    expect(listening(gate.pid)).toHaveLength(2)
  } finally {
    await quiet.stop()
  }
})

/** The ports that a process listens on, as the kernel has them. */
function listening(pid: number): number[] {
  const inodes = execFileSync('ls', ['-l', `/proc/${pid}/fd`], { encoding: 'utf8' })
  return readFileSync(`/proc/${pid}/net/tcp`, 'utf8')
    .split('\n')
    .slice(1)
    .map(line => line.trim().split(/\s+/))
    .filter(([, , , state, , , , , , inode]) => state === '0A' && inodes.includes(`socket:[${inode}]`))
    .map(([, address = '']) => Number.parseInt(address.split(':')[1] ?? '', 16))
}
