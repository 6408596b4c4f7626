/** Refuses what Node's parser could make no request of, or no end of one: the connection has no request object that could be answered. */
import { ServerResponse, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { RequestError, type RequestErrorCode } from '../errors/request-error.js'
import { closeLingering } from '../http/lingering-close.js'
import { peerOf } from '../http/peer.js'
import type { BrokenRequest } from '../observe/events.js'
import { methodRefused } from './read-request.js'
import { contextOf } from './request-context.js'
import { type OwnAnswer, refusal } from './respond.js'

/** Told of what has no request object, and so no line in the log otherwise. */
export type OnBroken = (broken: BrokenRequest) => void

/** The answer to `clientError` of a server; may come several times for one connection. */
export function refuseBroken(error: NodeJS.ErrnoException, socket: Duplex, onBroken: OnBroken): void {
  if (socket.writableEnded) return
  if (!socket.writable || error.code === 'ECONNRESET') return void socket.destroy()
  // Behind a request that said it was the last one; its answer closes the connection.
  if (error.code === 'HPE_CLOSED_CONNECTION') return
  const fault = new RequestError(codeOf(error), { cause: error })
  const answer = refusal(fault)
  const pending: unknown = Reflect.get(socket, '_httpMessage')
  // A request that broke after its head, or one before it on the same connection, whose answer has not begun.
  if (pending instanceof ServerResponse && !pending.headersSent) {
    const context = contextOf(pending)
    if (context !== null) {
      context.error = fault
      context.isBroken = true
    }
    pending.writeHead(answer.status, answer.reasonPhrase, headOf(answer).flat())
    pending.end(answer.body, () => closeLingering(socket))
    return
  }
  // What has been written of an answer under way still arrives; its missing end shows that it was cut.
  if (!(pending instanceof ServerResponse)) {
    onBroken(brokenOf(fault, socket))
    socket.write(asText(answer))
  }
  closeLingering(socket)
}

/** CONNECT: no tunnels, with credentials or without. */
export function refuseTunnel(socket: Duplex, onBroken: OnBroken): void {
  // Node has removed its own listener: an error of the connection would end the process.
  socket.on('error', () => socket.destroy())
  const fault = methodRefused()
  onBroken(brokenOf(fault, socket))
  const before: unknown = Reflect.get(socket, '_httpMessage')
  // The client would read it as the answer to the request before, or as a part of it.
  const isInTurn = !(before instanceof ServerResponse) || before.writableEnded
  if (isInTurn && !socket.writableEnded) socket.write(asText(refusal(fault)))
  closeLingering(socket)
}

function brokenOf({ code: error, status, cause }: RequestError, socket: Duplex): BrokenRequest {
  return { address: peerOf(socket).address, status, error, cause: cause instanceof Error ? cause.message : null }
}

function codeOf({ code }: NodeJS.ErrnoException): RequestErrorCode {
  if (code === 'HPE_HEADER_OVERFLOW') return 'headers-too-large'
  return code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 'too-slow' : 'bad-request'
}

function headOf({ headers, body }: OwnAnswer): [name: string, value: string][] {
  return [
    ...headers.map(({ name, value }): [string, string] => [name, value]),
    ['Content-Length', String(Buffer.byteLength(body))],
    ['Connection', 'close'],
  ]
}

function asText(answer: OwnAnswer): string {
  const lines = headOf(answer).map(([name, value]) => `${name}: ${value}\r\n`)
  return `HTTP/1.1 ${answer.status} ${answer.reasonPhrase ?? STATUS_CODES[answer.status] ?? ''}\r\n${lines.join('')}\r\n${answer.body}`
}
