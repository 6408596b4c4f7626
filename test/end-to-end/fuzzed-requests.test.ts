/**
 * Thousands of requests that are nearly right: the gate goes on, its memory stays flat, and the backend sees nothing that the gate has not
 * framed and judged. PORTCULLIS_FUZZ_REQUESTS says how many (5,000), PORTCULLIS_FUZZ_SEED which ones.
 */
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type FaultyBackend, ok, startFaultyBackend } from './parts/faulty-backend.js'
import { authorization, type Gate, startGate } from './parts/gate.js'
import { createFuzzer } from './parts/request-fuzzer.js'
import { inParallel } from './parts/settle.js'

const requests = Number(process.env.PORTCULLIS_FUZZ_REQUESTS ?? 5_000)
const seed = Number(process.env.PORTCULLIS_FUZZ_SEED ?? 1)
const atOnce = 16
const rounds = 10

/** What the gate adds to each request that it sends on; nobody else knows it. */
const judged = randomUUID()
/** Without TLS, whose handshakes would be most of the work. */
const conf = (backend: FaultyBackend) => `events {}
http {
  server {
    listen 127.0.0.1:PORT;
    client_max_body_size 0;
    location / {
      auth_basic Registry;
      auth_basic_user_file htpasswd;
      proxy_set_header X-Judged ${judged};
      proxy_pass ${backend.url};
    }
  }
}
`

let backend: FaultyBackend
let gate: Gate
beforeAll(async () => {
  backend = await startFaultyBackend()
  backend.whenComplete = ({ target }, socket) => socket.write(ok(target))
  gate = await startGate('', { nginxConf: conf(backend), flags: ['--workers', '1', '--metrics', '127.0.0.1:0'] })
})
afterAll(async () => {
  await gate?.stop()
  await backend?.close()
})

/** A request that cannot be answered yet, because the rest of it does not come, is given up. Nothing depends on how long that takes. */
const giveUpMs = 100

/** @returns the statuses that came back until the connection ended, or nothing more came */
function send(bytes: string): Promise<string> {
  return new Promise(resolve => {
    let received = ''
    const socket = connect(gate.port, '127.0.0.1', () => socket.write(bytes, 'latin1'))
    socket.setTimeout(giveUpMs, () => socket.destroy())
    socket.setEncoding('latin1').on('data', (text: string) => {
      received += text
    })
    // A refusal closes the connection while more is being written.
    socket.on('error', () => {})
    socket.once('close', () =>
      resolve([...received.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)].map(([, status]) => status).join(' ')),
    )
  })
}

/** A request as clients send it, between the others. */
const plain = async (target: string) => {
  const answer = await new Promise<string>((resolve, reject) => {
    let received = ''
    const lines = [`GET ${target} HTTP/1.1`, 'Host: localhost', `Authorization: ${authorization}`, 'Connection: close']
    const socket = connect(gate.port, '127.0.0.1', () => socket.write(`${lines.join('\r\n')}\r\n\r\n`))
    socket.setEncoding('latin1').on('data', (text: string) => {
      received += text
    })
    socket.once('error', reject)
    socket.once('close', () => resolve(received))
  })
  return answer.slice(answer.indexOf('\r\n\r\n') + 4)
}

/** Requests and connections that have not ended. */
async function inProgress() {
  const text = await (await fetch(gate.metricsUrl)).text()
  return ['requests_in_progress', 'open_connections'].map(
    name => new RegExp(`^portcullis_${name} (\\d+)$`, 'm').exec(text)?.[1],
  )
}

/** What the gate has to say of a worker that ended, or of a request that failed inside it. */
const errors = () =>
  gate
    .log()
    .split('\n')
    .filter(line => /"level":"(?:error|fatal)"/.test(line))

const memory = () =>
  gate
    .workers()
    .reduce((all, pid) => all + Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]), 0) /
  1024

describe(`${requests} requests that are nearly right`, () => {
  it(
    '0 crashes, memory flat, and no request at the backend that was not framed',
    async () => {
      const next = createFuzzer({ seed, lines: [`Authorization: ${authorization}`] })
      const workers = gate.workers()
      const answers = new Map<string, number>()
      const used: number[] = []
      let forwarded = 0
      let number = 0
      for (let round = 0; round < rounds; round++) {
        const texts = Array.from({ length: Math.ceil(requests / rounds) }, next)
        await inParallel(texts, atOnce, async text => {
          const statuses = await send(text)
          answers.set(statuses, (answers.get(statuses) ?? 0) + 1)
          if (++number % 50 > 0) return
          const target = `/v2/plain/${number}/tags/list`
          const answer = await plain(target)
          if (answer !== target) throw new Error(`${answer} instead of ${target}; ${errors().join()}`)
        })
        const unjudged = backend.requests.filter(request => request.header('x-judged') !== judged)
        expect(unjudged.map(({ method, target }) => `${method} ${target}`)).toEqual([])
        expect(backend.violations).toEqual([])
        forwarded += backend.requests.length
        backend.reset()
        backend.whenComplete = ({ target }, socket) => socket.write(ok(target))
        used.push(memory())
      }
      expect(gate.workers()).toEqual(workers)
      // Each request ends for the gate, too: what it keeps of one that does not is kept for ever.
      await expect.poll(inProgress, { timeout: 20_000 }).toEqual(['0', '0'])
      expect(errors()).toEqual([])
      const several = [...answers].toSorted(([, a], [, b]) => b - a).slice(0, 12)
      process.stdout.write(
        `fuzz: seed ${seed}, ${forwarded} at the backend; answers ${several.map(([answer, count]) => `${answer || 'none'}: ${count}`).join(', ')}; memory ${used.map(Math.round).join(' ')} MiB\n`,
      )
      // Enough of them get in, and enough are refused.
      expect(forwarded).toBeGreaterThan(requests / 20)
      expect(answers.get('400') ?? 0).toBeGreaterThan(requests / 20)
      expect((used.at(-1) ?? 0) - (used[Math.floor(rounds * 0.4)] ?? 0)).toBeLessThan(64)
    },
    60_000 + requests * 100,
  )
})
