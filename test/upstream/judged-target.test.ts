/** What was judged is what is sent, however early the client's body is there. */
import { createServer } from 'node:http'
import { afterEach, expect, test } from 'vitest'
import { closeAll, gateBefore, listen } from './forwarding-gate.js'

afterEach(closeAll)

/** Answers with the target and the body that it got. */
const telling = () =>
  createServer(async (incoming, response) => {
    let body = ''
    for await (const chunk of incoming) body += String(chunk)
    response.end(`${incoming.url} ${body}`)
  })

test.each([
  { case: 'without a limit of the body', maxBodyBytes: null, headers: {} },
  { case: 'with a limit of the body', maxBodyBytes: 100, headers: {} },
  { case: 'with a limit, of a body with a length', maxBodyBytes: 100, headers: { 'Content-Length': '4' } },
])('$case the backend gets the judged target byte for byte', async ({ maxBodyBytes, headers }) => {
  const backend = await listen(telling())
  for (const target of ['/v2/judged/blobs/uploads/', '/judged//path?from=a%2Fb']) {
    const ask = await gateBefore(backend, { target, maxBodyBytes })
    expect(await ask({ method: 'POST', path: '/asked', headers }, 'body')).toBe(`${target} body`)
  }
})
