/** Plain HTTP on the TLS port: people are sent to https, and a proxy that has ended TLS already is told what it does wrong. */
import { once } from 'node:events'
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { connect } from 'node:net'
import { describe, expect, it } from 'vitest'
import type { Gate } from './parts/gate.js'
import { gateBeforeBackend } from './parts/gate-before-backend.js'
import { eventually } from './parts/settle.js'

interface PlainAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** Sends a request without TLS to the TLS port. @param headers name, value, name, value ... */
async function askPlain(gate: Gate, path: string, headers: readonly string[], method = 'GET'): Promise<PlainAnswer> {
  const lines = ['Host', 'registry.local:5000', ...headers]
  const request = httpRequest({ host: '127.0.0.1', port: gate.port, method, path, headers: lines, agent: false })
  request.end()
  const [response] = await once(request, 'response')
  let body = ''
  for await (const piece of response) body += piece
  return { status: response.statusCode, headers: response.headers, body }
}

const linesAbout = (gate: Gate, path: string) =>
  gate
    .log()
    .split('\n')
    .filter(line => line.includes(`"path":"${path}"`))
    .map(line => JSON.parse(line))

/** The access log line of the only request with this path. */
async function lineAbout(gate: Gate, path: string) {
  await eventually(
    () => gate.log(),
    () => linesAbout(gate, path).length > 0,
  )
  const lines = linesAbout(gate, path)
  expect(lines).toHaveLength(1)
  return lines[0]
}

let count = 0
const newPath = () => `/v2/plain-${++count}/tags/list`

const redirected: readonly (readonly [string, readonly string[]])[] = [
  ['no proxy', []],
  ['X-Forwarded-Proto: http', ['X-Forwarded-Proto', 'http']],
  ['X-Forwarded-Proto: http, http', ['X-Forwarded-Proto', 'http, http']],
  ['Forwarded: proto=http', ['Forwarded', 'for=10.0.0.1;proto=http']],
  ['X-Forwarded-Ssl: off', ['X-Forwarded-Ssl', 'off']],
  ['Front-End-Https: off', ['Front-End-Https', 'off']],
  ['an address alone', ['X-Forwarded-For', '203.0.113.7']],
]

const endedBefore: readonly (readonly [string, readonly string[]])[] = [
  ['X-Forwarded-Proto: https', ['X-Forwarded-Proto', 'https']],
  ['X-Forwarded-Proto: HTTPS', ['X-Forwarded-Proto', 'HTTPS']],
  ['X-Forwarded-Proto: https, http', ['X-Forwarded-Proto', 'https, http']],
  ['X-Forwarded-Proto: http,https', ['X-Forwarded-Proto', 'http,https']],
  ['X-Forwarded-Proto twice', ['X-Forwarded-Proto', 'https', 'X-Forwarded-Proto', 'http']],
  ['X-Forwarded-Scheme: https', ['X-Forwarded-Scheme', 'https']],
  ['X-Forwarded-Protocol: https', ['X-Forwarded-Protocol', 'https']],
  ['X-Url-Scheme: https', ['X-Url-Scheme', 'https']],
  ['Forwarded: proto=https', ['Forwarded', 'for=203.0.113.7;proto=https']],
  ['Forwarded of two hops', ['Forwarded', 'for="[2001:db8::1]:4711"; Proto="https" , for=10.0.0.1;proto=http']],
  ['X-Forwarded-Ssl: on', ['X-Forwarded-Ssl', 'on']],
  ['Front-End-Https: on', ['Front-End-Https', 'on']],
]

describe('plain HTTP on the TLS port', () => {
  const stage = gateBeforeBackend({ flags: ['--workers', '1'] })

  it.each(redirected)('308 to https and a line in the log: %s', async (_, headers) => {
    const path = newPath()
    const { status, headers: sent } = await askPlain(stage.gate, `${path}?n=5`, headers)
    expect([status, sent.location, sent.connection]).toEqual([308, `https://registry.local:5000${path}?n=5`, 'close'])
    expect(await lineAbout(stage.gate, path)).toMatchObject({
      msg: 'request',
      method: 'GET',
      status: 308,
      address: '127.0.0.1',
    })
    expect(stage.backend.requests).toEqual([])
  })

  it.each(endedBefore)('400 with the cause where TLS ended at a proxy: %s', async (_, headers) => {
    const path = newPath()
    const { status, headers: sent, body } = await askPlain(stage.gate, path, headers)
    expect([status, sent.location, sent.connection]).toEqual([400, undefined, 'close'])
    const [error] = JSON.parse(body).errors
    expect(error.message).toContain('the proxy has to speak https to the gate')
    expect(error.detail.hint).toContain('haproxy')
    expect(await lineAbout(stage.gate, path)).toMatchObject({ status: 400, error: 'proxy-without-tls' })
    expect(stage.backend.requests).toEqual([])
  })

  it('says so at level warn, once for many requests', async () => {
    await askPlain(stage.gate, newPath(), ['X-Forwarded-Proto', 'https'])
    await askPlain(stage.gate, newPath(), ['X-Forwarded-Proto', 'https'])
    const warnings = () =>
      stage.gate
        .log()
        .split('\n')
        .filter(line => line.includes('a proxy speaks plain HTTP to a port that speaks TLS'))
        .map(line => JSON.parse(line))
    await eventually(
      () => stage.gate.log(),
      () => warnings().length > 0,
    )
    const [warning, ...more] = warnings().filter(line => line.level === 'warn')
    expect(warning).toMatchObject({ address: '127.0.0.1', hint: expect.stringContaining('haproxy') })
    expect(more).toEqual([])
  })

  it('a request without a host is refused and has its line as well', async () => {
    const socket = connect(stage.gate.port, '127.0.0.1')
    const path = newPath()
    socket.write(`GET ${path} HTTP/1.1\r\nConnection: close\r\n\r\n`)
    let answer = ''
    for await (const piece of socket) answer += piece
    expect(answer).toMatch(/^HTTP\/1\.1 400 /)
    expect(await lineAbout(stage.gate, path)).toMatchObject({ status: 400, error: 'bad-request' })
  })

  it('what follows the redirected request on its connection is not answered', async () => {
    const socket = connect(stage.gate.port, '127.0.0.1')
    const [first, second] = [newPath(), newPath()]
    const lines = 'HTTP/1.1\r\nHost: registry.local\r\n\r\n'
    socket.write(`GET ${first} ${lines}GET ${second} ${lines}`)
    let answer = ''
    for await (const piece of socket) answer += piece
    expect(answer.match(/^HTTP\/1\.1 /gm)).toHaveLength(1)
    await lineAbout(stage.gate, first)
    expect(linesAbout(stage.gate, second)).toEqual([])
  })
})

describe('plain HTTP of a proxy that is one of trusted_proxies', () => {
  const stage = gateBeforeBackend({ flags: ['--workers', '1'], yaml: 'trusted_proxies: [127.0.0.1]\n' })

  it('400 with the cause, whatever it says of the client, and the log has the client', async () => {
    const path = newPath()
    const { status, body } = await askPlain(stage.gate, path, ['X-Forwarded-For', '203.0.113.7'])
    expect(status).toBe(400)
    expect(body).toContain('the proxy has to speak https to the gate')
    expect(await lineAbout(stage.gate, path)).toMatchObject({ status: 400, address: '203.0.113.7' })
  })
})
