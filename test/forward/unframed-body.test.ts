/** A body goes to the backend only as far as the head that goes there frames it: what is beyond would be a request of its own. */
import { createServer, type RequestOptions } from 'node:http'
import { connect } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { RequestError } from '../../src/errors/request-error.js'
import { createForwarder } from '../../src/forward/forward.js'
import { startFaultyBackend } from '../end-to-end/parts/faulty-backend.js'
import { closeAll, listen } from './forwarding-gate.js'

afterEach(closeAll)

const hidden = 'DELETE /v2/secret/app/manifests/latest HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n'

/** What a parser does that drops header lines: it still frames the body by them. */
const cases: readonly { readonly method: RequestOptions['method']; readonly kept: Record<string, string> }[] = [
  { method: 'GET', kept: {} },
  { method: 'HEAD', kept: {} },
  { method: 'DELETE', kept: {} },
  { method: 'OPTIONS', kept: {} },
  { method: 'POST', kept: {} },
  { method: 'PUT', kept: { 'content-length': '0' } },
  { method: 'PATCH', kept: { 'content-length': '3' } },
]

test.each(cases)(
  '400 to $method whose body is longer than its known header $kept says, and no second request',
  async one => {
    const backend = await startFaultyBackend()
    backend.whenComplete = () => {}
    const forwarder = createForwarder()
    const gate = createServer((incoming, response) => {
      delete incoming.headers['content-length']
      Object.assign(incoming.headers, one.kept)
      forwarder
        .forward(incoming, response, {
          backends: [backend.url],
          verifyBackend: true,
          target: '/v2/',
          headers: { set: [], dropForwarded: true, dropAuthorization: true },
          body: null,
          idleMs: { read: 5_000, send: 5_000 },
          repeatable: true,
          isRegistry: true,
          maxBodyBytes: null,
          login: null,
          onHead: (_, lines) => lines,
        })
        .catch(error => response.writeHead(error instanceof RequestError ? error.status : 500).end())
    })
    const socket = connect(await listen(gate), '127.0.0.1')
    socket.write(`${one.method} /v2/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${hidden.length}\r\n\r\n${hidden}`)
    const answer = await new Promise<string>(resolve => socket.once('data', data => resolve(String(data))))
    socket.destroy()
    forwarder.close()
    await backend.close()
    expect(answer).toMatch(/^HTTP\/1\.1 400 /)
    expect(backend.violations).toEqual([])
    expect(backend.requests.map(request => request.method).filter(method => method !== one.method)).toEqual([])
  },
)
