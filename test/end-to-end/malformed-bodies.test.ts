/** A body that breaks its framing behind a good head is the client's fault: 400, and no line at level error. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type FaultyBackend, startFaultyBackend } from './parts/faulty-backend.js'
import { authorization, type Gate, startGate } from './parts/gate.js'
import { exchange, request } from './parts/raw-client.js'
import { eventually } from './parts/settle.js'

const bodies = {
  'no chunk size': 'zz\r\n',
  'a chunk longer than its size': '2\r\nxxxx\r\n',
  'a size that overflows': 'ffffffffffffffffff\r\n',
  'a good chunk before': '5\r\nhello\r\nzz\r\n',
} as const

const requests = [
  ['GET', '/v2/'],
  ['GET', '/v2/_catalog'],
  ['GET', '/v2/team/app/tags/list'],
  ['PUT', '/v2/team/app/manifests/latest'],
  ['DELETE', '/v2/team/app/manifests/latest'],
  ['POST', '/v2/team/app/blobs/uploads/'],
  ['POST', `/v2/team/app/blobs/uploads/?digest=sha256:${'0'.repeat(64)}`],
  ['PATCH', '/v2/team/app/blobs/uploads/5eec2486-86ed-4a7f-8a52-3d6b1bd6b5a1'],
  ['DELETE', '/v2/team/app/blobs/uploads/5eec2486-86ed-4a7f-8a52-3d6b1bd6b5a1'],
] as const

const cases = Object.keys(bodies).flatMap(what => requests.map(([method, path]) => ({ what, method, path })))
const isBody = (what: string): what is keyof typeof bodies => what in bodies

let backend: FaultyBackend
const gates: Record<string, Gate> = {}
beforeAll(async () => {
  backend = await startFaultyBackend()
  gates['the embedded registry'] = await startGate('embedded')
  gates['a backend'] = await startGate(backend.url)
})
afterAll(async () => {
  for (const gate of Object.values(gates)) await gate.stop()
  await backend.close()
})

describe.each(['the embedded registry', 'a backend'])('before %s', name => {
  it('every one is answered by 400', async () => {
    const gate = gates[name]
    if (gate === undefined) throw new Error('there is no such gate')
    const odd: string[] = []
    for (const { what, method, path } of cases) {
      const head = [`${method} ${path} HTTP/1.1`, 'Host: localhost', `Authorization: ${authorization}`]
      const bytes = request([...head, 'Transfer-Encoding: chunked'], isBody(what) ? bodies[what] : '')
      const [answer] = await exchange(gate.port, bytes)
      // A read may have been answered before its body broke.
      const right = answer?.status === 400 || (method === 'GET' && answer?.status === 200)
      if (!right || !answer.complete) odd.push(`${method} ${path} with ${what}: ${answer?.status}`)
    }
    const lines = () =>
      gate
        .log()
        .split('\n')
        .filter(line => line.includes('"msg":"request"'))
    await eventually(
      () => `${lines().length} lines`,
      () => lines().length >= cases.length,
    )
    expect(odd).toEqual([])
    expect(gate.log()).not.toContain('"level":"error"')
    expect(lines().filter(line => line.includes('"status":400') && !line.includes('"error":"bad-request"'))).toEqual([])
  })
})
