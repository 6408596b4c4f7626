/** Receptions of the gate over real sockets, one for each way of listening, and clients that send what they like in front of a request. */
import { once } from 'node:events'
import { request as requestPlain } from 'node:http'
import { request as requestTls } from 'node:https'
import { connect, createServer, type Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { connect as connectTls } from 'node:tls'
import type { Handler } from '../../../src/gateway/handle-request.js'
import { peerOf } from '../../../src/http/peer.js'
import {
  type ConnectionServer,
  createConnectionServer,
  type Serving,
} from '../../../src/server/worker/connection-server.js'
import { defaultLimits } from '../../../src/settings/settings.js'
import { eventually } from '../../end-to-end/parts/settle.js'

/** The only address from which a header is expected. */
export const balancer = '127.0.0.9'
export const stranger = '127.0.0.10'

export interface Stage {
  readonly port: number
  readonly tls: boolean
  /** In force at the beginning. */
  readonly serving: Serving
  readonly reception: ConnectionServer
  /** Every connection there ever was. */
  readonly accepted: readonly Socket[]
  stop(): Promise<void>
}

/** Answers with the door and whom the connection belongs to: `gate 192.0.2.7 4711`. */
const tell =
  (door: string): Handler =>
  (request, response) => {
    const { address, port } = peerOf(request.socket)
    response.end(`${door} ${address} ${port}`)
  }

/** @param heard gets a line for each event */
export async function startStage(
  tls: Serving['tls'],
  heard: string[],
  headerMs = defaultLimits.headerMs,
): Promise<Stage> {
  const isBalancer = (address: string) => address === balancer
  const serving = { tls, handle: tell('gate'), handlePlain: tell('without TLS'), isBalancer }
  const reception = createConnectionServer({ ...defaultLimits, headerMs }, serving, {
    requestBroken: ({ address, status }) => heard.push(`broken ${status} ${address}`),
    handshakeFailed: address => heard.push(`no TLS ${address}`),
    proxyHeaderRefused: (address, fault) => heard.push(`${address}: ${fault}`),
  })
  const accepted: Socket[] = []
  const server = createServer({ noDelay: true }, socket => {
    accepted.push(socket)
    reception.accept(socket)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    tls: tls !== null,
    serving,
    reception,
    accepted,
    async stop() {
      server.close()
      const drained = reception.drain()
      reception.destroy()
      await drained
    },
  }
}

/** A connection from this address; resolves once the gate has read all `pieces`, one by one. */
export async function arrive(stage: Stage, from: string, pieces: readonly Buffer[] = []): Promise<Socket> {
  // A port may have been somebody else's before.
  const before = stage.accepted.length
  const socket = connect({ host: '127.0.0.1', port: stage.port, localAddress: from, noDelay: true })
  socket.on('error', () => {})
  await once(socket, 'connect')
  const here = () =>
    stage.accepted.slice(before).find(other => other.remoteAddress === from && other.remotePort === socket.localPort)
  let sent = 0
  for (const piece of pieces) {
    socket.write(piece)
    sent += piece.length
    await eventually(
      () => `the gate has read ${here()?.bytesRead} bytes and not ${sent}`,
      () => socket.destroyed || here()?.bytesRead === sent,
    )
  }
  return socket
}

export const ended = (socket: Socket): Promise<void> =>
  new Promise(resolve => void socket.once('close', () => resolve()))

/** All that comes, as far as it has come. */
export function answerOn(socket: Socket): () => string {
  let answer = ''
  socket.setEncoding('latin1').on('data', (text: string) => {
    answer += text
  })
  return () => answer
}

/** What is answered to a GET behind `bytes`, of which the first `alone` arrive alone and the rest together with the client's own. */
export async function ask(stage: Stage, bytes: Buffer, alone: number, from = balancer): Promise<string> {
  const pieces = alone === 0 ? [] : [bytes.subarray(0, alone)]
  const socket = inFront(await arrive(stage, from, pieces), bytes.subarray(alone))
  const createConnection = () => (stage.tls ? connectTls({ socket, rejectUnauthorized: false }) : socket)
  return new Promise((resolve, reject) => {
    const sent = (stage.tls ? requestTls : requestPlain)({ createConnection, path: '/' }, response => {
      let body = ''
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text
      })
      response.once('end', () => resolve(body))
    })
    sent.once('error', reject).end()
  })
}

/** With `bytes` in front of what is written first, in one go. */
function inFront(socket: Socket, bytes: Buffer): Duplex {
  let first: Buffer = bytes
  const both = new Duplex({
    read: () => {},
    write(chunk: Buffer, _encoding, done) {
      socket.write(Buffer.concat([first, chunk]), done)
      first = Buffer.alloc(0)
    },
    final: done => void socket.end(done),
  })
  socket.on('data', chunk => both.push(chunk))
  socket.once('close', () => both.destroy())
  return both
}
