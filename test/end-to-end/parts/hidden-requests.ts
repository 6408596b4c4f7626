/** Requests whose framing stands behind so many header lines that a parser may drop it, with a second request as their body. */
import { expect, it } from 'vitest'
import { authorization } from './gate.js'
import type { Stage } from './gate-before-backend.js'
import { connectRaw } from './raw-client.js'

/** What a gate that does not see the framing would send on behind the first request. */
const hidden = 'DELETE /v2/secret/app/manifests/latest HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n'

const framings = {
  'a length': { line: `Content-Length: ${hidden.length}`, body: hidden },
  chunks: {
    line: 'Transfer-Encoding: chunked',
    body: `${hidden.length.toString(16)}\r\n${hidden}\r\n0\r\n\r\n`,
  },
} as const

/** Node keeps 1,000 lines where nothing else is said; with the three others of these requests that is 997 fillers. */
const fillers = [997, 998, 999, 1_000, 1_200, 2_000, 5_000] as const

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const

/** Each of them is answered by a 431 of the gate and leaves nothing at the backend. */
export function describeHiddenRequests(stage: Stage): void {
  const cases = Object.entries(framings).flatMap(([framing, { line, body }]) =>
    methods.flatMap(method => fillers.map(count => ({ framing, line, body, method, count }))),
  )
  it.each(cases)('431 to $method with $framing behind $count header lines, and the backend sees nothing', async one => {
    const client = await connectRaw(stage.gate.port)
    const head = [
      `${one.method} /v2/app/manifests/latest HTTP/1.1`,
      'Host: localhost',
      `Authorization: ${authorization}`,
    ]
    client.send(`${[...head, ...Array<string>(one.count).fill('a:b'), one.line].join('\r\n')}\r\n\r\n${one.body}`)
    await client.ended()
    expect(client.answers(one.method === 'HEAD').map(answer => answer.status)).toEqual([431])
    expect(stage.backend.violations).toEqual([])
    expect(stage.backend.requests).toEqual([])
  })
}
