/** A TLS session that one worker began goes on in every other one, over a reload and the death of a worker. */
import { once } from 'node:events'
import { connect, type SecureVersion } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { authorization, type Gate, startGate } from './parts/gate.js'
import { request } from './parts/raw-client.js'
import { eventually } from './parts/settle.js'

let gate: Gate
beforeAll(async () => {
  // A context of its own for each server, and the first one for who names none.
  const server = (name: string, status: number) => `
    server {
      listen 127.0.0.1:PORT ssl;
      server_name ${name};
      ssl_certificate certs/cert.pem;
      ssl_certificate_key certs/key.pem;
      location / { return ${status}; }
    }`
  const nginxConf = `events {} http { ${server('first.test', 204)} ${server('second.test', 202)} }`
  gate = await startGate('embedded', { nginxConf, flags: ['--workers', '2'] })
})
afterAll(() => gate.stop())

interface Client {
  readonly version: SecureVersion
  /** '' for none. */
  readonly servername: string
}

/** One connection with one request. */
async function visit({ version, servername }: Client, session: Buffer | undefined) {
  const socket = connect({
    host: '127.0.0.1',
    port: gate.port,
    servername,
    session,
    minVersion: version,
    maxVersion: version,
    rejectUnauthorized: false,
  })
  let next = session
  socket.on('session', ticket => {
    next = ticket
  })
  await once(socket, 'secureConnect')
  const resumed = socket.isSessionReused()
  const lines = ['GET / HTTP/1.1', `Host: ${servername || 'first.test'}`, `Authorization: ${authorization}`]
  // With TLS 1.3 tickets come before the answer.
  socket.write(request([...lines, 'Connection: close']))
  socket.resume()
  if (!socket.closed) await once(socket, 'close')
  return { resumed, session: next }
}

/** How many of 20 connections resumed the session of the one before; `session`: the last one. */
async function count(client: Client, before?: Buffer): Promise<{ resumed: number; session: Buffer | undefined }> {
  let session = before ?? (await visit(client, undefined)).session
  let resumed = 0
  for (let turn = 0; turn < 20; turn++) {
    const visited = await visit(client, session)
    resumed += Number(visited.resumed)
    session = visited.session
  }
  return { resumed, session }
}

const clients: readonly Client[] = (['TLSv1.2', 'TLSv1.3'] as const).flatMap(version =>
  ['', 'first.test', 'second.test', 'unknown.test'].map(servername => ({ version, servername })),
)

describe.each(clients)('$version, server name "$servername"', client => {
  it('every connection resumes, whichever worker it comes to', async () => {
    expect((await count(client)).resumed).toBe(20)
  })

  it('also after a reload', async () => {
    const { session } = await count(client)
    const reloads = () => gate.log().split('the configuration was reloaded and is in force').length
    const before = reloads()
    process.kill(gate.pid, 'SIGHUP')
    await eventually(
      () => gate.log(),
      () => reloads() > before,
    )
    expect((await count(client, session)).resumed).toBe(20)
  })
})

it('every connection resumes in the successors of workers that were killed', async () => {
  const before = await Promise.all(clients.map(client => count(client)))
  const victims = gate.workers()
  for (const pid of victims) process.kill(pid, 'SIGKILL')
  await eventually(
    () => `workers: ${gate.workers().join()}`,
    () => !gate.workers().some(pid => victims.includes(pid)),
  )
  const after = await Promise.all(clients.map((client, index) => count(client, before[index]?.session)))
  expect(after.map(({ resumed }) => resumed)).toEqual(clients.map(() => 20))
})
