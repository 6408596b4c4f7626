/** A backend that refuses a body in its middle and resets the connection at the same moment: its answer counts. */
import { createServer, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { afterEach, expect, test } from 'vitest'
import { createCertificates } from '../../src/certificates/create.js'
import { closeAll, gateBefore, listen } from './forwarding-gate.js'

afterEach(closeAll)

const answer = 'HTTP/1.1 413 Too Large\r\nContent-Length: 5\r\n\r\nlarge'

async function certificate() {
  const names = { hosts: ['localhost'], addresses: ['127.0.0.1'] }
  const made = await createCertificates({ names, algorithm: 'ecdsa', days: 2, now: new Date(), signer: 'itself' })
  return { cert: made.cert, key: made.key.reveal() }
}

const refuse = (socket: Socket) =>
  void socket.on('error', () => {}).once('data', () => socket.end(answer, () => socket.destroy()))

test.each(['http', 'https'] as const)('413, each of twenty times, of a backend by %s', async scheme => {
  const server = scheme === 'http' ? createServer(refuse) : createTlsServer(await certificate(), refuse)
  const backend = await listen(server)
  const ask = await gateBefore(backend, { backends: [`${scheme}://127.0.0.1:${backend}`], verifyBackend: false })
  const outcomes = new Set<string>()
  for (let round = 0; round < 20; round++) outcomes.add(await ask({ method: 'PATCH' }, 'x'.repeat(5_000_000)))
  expect([...outcomes]).toEqual(['large'])
})
