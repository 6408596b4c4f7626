/** What was judged is what is sent, however early the client's body is there. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { createForwarder } from '../../src/forward/forward.js'

const closing: (() => void)[] = []

afterEach(() => {
  for (const close of closing.splice(0)) close()
})

async function listen(server: Server): Promise<number> {
  closing.push(() => {
    server.close()
    server.closeAllConnections()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address: AddressInfo | string | null = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** What the backend gets as target and body where the client has asked for `/asked`. */
async function sent(target: string, options: { maxBodyBytes: number | null; headers: Record<string, string> }) {
  const backend = await listen(
    createServer(async (incoming, response) => {
      let body = ''
      for await (const chunk of incoming) body += String(chunk)
      response.end(`${incoming.url} ${body}`)
    }),
  )
  const forwarder = createForwarder()
  closing.push(() => forwarder.close())
  const gate = createServer((incoming, response) => {
    forwarder
      .forward(incoming, response, {
        backends: [`http://127.0.0.1:${backend}`],
        verifyBackend: true,
        target,
        headers: { set: [], dropForwarded: true, dropAuthorization: true },
        body: null,
        idleMs: { read: 5_000, send: 5_000 },
        maxBodyBytes: options.maxBodyBytes,
        login: null,
        onHead: (_, lines) => lines,
      })
      .catch(error => response.end(String(error)))
  })
  const asked = request({
    host: '127.0.0.1',
    port: await listen(gate),
    method: 'POST',
    path: '/asked',
    headers: options.headers,
  })
  asked.end('body')
  const [answer]: IncomingMessage[] = await once(asked, 'response')
  let text = ''
  for await (const chunk of answer ?? []) text += String(chunk)
  return text
}

test.each([
  { case: 'without a limit of the body', maxBodyBytes: null, headers: {} },
  { case: 'with a limit of the body', maxBodyBytes: 100, headers: {} },
  { case: 'with a limit, of a body with a length', maxBodyBytes: 100, headers: { 'Content-Length': '4' } },
])('$case the backend gets the judged target byte for byte', async ({ maxBodyBytes, headers }) => {
  for (const target of ['/v2/judged/blobs/uploads/', '/judged//path?from=a%2Fb'])
    expect(await sent(target, { maxBodyBytes, headers })).toBe(`${target} body`)
})
