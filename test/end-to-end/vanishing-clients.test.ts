/** Clients that leave in the middle: nothing of them stays behind, neither at the gate nor at the backend. */
import { describe, expect, it } from 'vitest'
import { ok, type Script } from './parts/faulty-backend.js'
import { authorization } from './parts/gate.js'
import { gateBeforeBackend } from './parts/gate-before-backend.js'
import { connectRaw, exchange, type RawClient, request } from './parts/raw-client.js'
import { eventually, inParallel } from './parts/settle.js'

const stage = gateBeforeBackend()

const ask = (method: string, target: string, ...more: string[]) =>
  request([`${method} ${target} HTTP/1.1`, 'Host: localhost', `Authorization: ${authorization}`, ...more])
const digest = `sha256:${'0'.repeat(64)}`
const pull = (name: string) => ask('GET', `/v2/${name}/blobs/${digest}`)
const push = (name: string, framing: string) => ask('PATCH', `/v2/${name}/blobs/uploads/0b0d5c1e`, framing)
const bytes = 'x'.repeat(20_000)

/** At which moment a client leaves, and how the backend behaves until then. */
interface Leaving {
  readonly sends: (name: string) => string
  readonly head?: Script
  readonly complete?: Script
  readonly moment: (client: RawClient, name: string) => Promise<void>
}

/** The first bytes of the body have come. */
const received = (client: RawClient) => client.until(() => client.received().includes('xxx'))
/** The head of the request has arrived at the backend. */
const arrived = (_: RawClient, name: string) => new Promise<void>(resolve => arrivals.set(name, resolve))
const arrivals = new Map<string, () => void>()

const stalledPull: Script = (_, socket) => socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n${bytes}`)
const endlessPull: Script = (_, socket) => {
  const more = () => {
    while (!socket.destroyed && socket.write(bytes));
  }
  socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
  socket.write(`ffffffff\r\n`)
  socket.on('drain', more)
  more()
}

const leavings: readonly (readonly [string, number, Leaving])[] = [
  ['a pull that has stalled', 250, { sends: pull, complete: stalledPull, moment: received }],
  ['a pull at full speed', 100, { sends: pull, complete: endlessPull, moment: received }],
  [
    'a push of a known length',
    250,
    { sends: name => push(name, 'Content-Length: 1000000000') + bytes, moment: arrived },
  ],
  [
    'a push in chunks',
    150,
    { sends: name => `${push(name, 'Transfer-Encoding: chunked')}4e20\r\n${bytes}\r\n`, moment: arrived },
  ],
  [
    'a push to a backend that does not read',
    50,
    {
      sends: name => push(name, 'Content-Length: 1000000000') + bytes.repeat(100),
      head: (_, socket) => socket.pause(),
      moment: arrived,
    },
  ],
  ['waiting for an answer', 150, { sends: pull, complete: () => {}, moment: arrived }],
  ['a request that has just been sent', 50, { sends: pull, complete: stalledPull, moment: async () => {} }],
]

describe('clients that vanish', () => {
  it.each(leavings)('in %s, %i times: no socket is left', async (_, times, { sends, head, complete, moment }) => {
    await exchange(stage.gate.port, ask('GET', '/v2/'))
    const idle = await settled()
    stage.backend.whenHead = (request, socket) => {
      head?.(request, socket)
      arrivals.get(request.target.split('/')[2] ?? '')?.()
    }
    if (complete !== undefined) stage.backend.whenComplete = complete
    await inParallel(Array.from({ length: times }), 25, async (_item, index) => {
      const client = await connectRaw(stage.gate.port)
      const moved = moment(client, `client${index}`)
      client.send(sends(`client${index}`))
      await moved
      client.destroy()
    })
    // A backend that does not read would not see that a connection has ended.
    for (const socket of stage.backend.sockets) socket.resume()
    await eventually(
      () => `${stage.backend.sockets.size} sockets at the backend, ${stage.gate.sockets()} in the gate, ${idle} before`,
      () => stage.backend.sockets.size === 0 && stage.gate.sockets() <= idle,
    )
    stage.backend.whenHead = () => {}
    stage.backend.whenComplete = (_received, socket) => void socket.write(ok('right'))
    expect((await exchange(stage.gate.port, ask('GET', '/v2/')))[0]).toMatchObject({ status: 200, body: 'right' })
    expect(stage.gate.running).toBe(true)
  })
})

/** Sockets of the gate when nothing is under way, without those that rest on their way to the backend. */
async function settled(): Promise<number> {
  for (const socket of stage.backend.sockets) socket.destroy()
  await eventually(
    () => 'connections that rest',
    () => stage.backend.sockets.size === 0,
  )
  let before = -1
  await eventually(
    () => 'clients of the last test',
    () => {
      const now = stage.gate.sockets()
      const same = now === before
      before = now
      return same
    },
  )
  return before
}
