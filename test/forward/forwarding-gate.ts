/** Servers on free ports, and a gate of nothing but the forwarder; `closeAll` ends all of them. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestOptions, request } from 'node:http'
import type { AddressInfo, Server } from 'node:net'
import { RequestError } from '../../src/errors/request-error.js'
import { createForwarder } from '../../src/forward/forward.js'
import type { ForwardPlan } from '../../src/forward/plan.js'

const closing: (() => void)[] = []

export function closeAll(): void {
  for (const close of closing.splice(0)) close()
}

/** Resolves with the port. */
export async function listen(server: Server): Promise<number> {
  closing.push(() => {
    server.close()
    if ('closeAllConnections' in server && typeof server.closeAllConnections === 'function')
      server.closeAllConnections()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address: AddressInfo | string | null = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

/**
 * Starts a gate before a backend.
 * @returns sends a request to it, and resolves with the text of the answer or the code of the refusal
 */
export async function gateBefore(
  backend: number,
  plan: Partial<ForwardPlan> | ((request: IncomingMessage) => Partial<ForwardPlan>) = {},
): Promise<(options: RequestOptions, body?: string) => Promise<string>> {
  const forwarder = createForwarder()
  closing.push(() => forwarder.close())
  const gate = createServer((incoming, response) => {
    forwarder
      .forward(incoming, response, {
        backends: [`http://127.0.0.1:${backend}`],
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
        ...(typeof plan === 'function' ? plan(incoming) : plan),
      })
      .catch(error => response.end(error instanceof RequestError ? error.code : `no refusal: ${String(error)}`))
  })
  const port = await listen(gate)
  return async (options, body = '') => {
    const sent = request({ host: '127.0.0.1', port, agent: false, ...options })
    sent.end(body)
    const [answer]: IncomingMessage[] = await once(sent, 'response')
    // What is left of a body that is refused in its middle cannot be sent.
    sent.on('error', () => {})
    let text = ''
    for await (const chunk of answer ?? []) text += String(chunk)
    return text
  }
}
