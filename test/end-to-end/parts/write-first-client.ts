/** A client that writes its whole request before it reads a byte, as those of Python and Java do: it fails where it cannot write. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { connect as connectTls } from 'node:tls'
import { type Answer, parseAnswers } from './raw-client.js'

export interface ReadBehind {
  readonly answers: readonly Answer[]
  /** How the gate ended the connection. */
  readonly end: 'orderly' | 'without close_notify' | 'reset'
}

/** By TLS 1.2, which shows close_notify on the wire. @throws the fault of the connection where the request could not be written */
export async function writeThenRead(port: number, bytes: Buffer, scheme: 'http' | 'https'): Promise<ReadBehind> {
  const raw = connect(port, '127.0.0.1')
  let fault: NodeJS.ErrnoException | null = null
  raw.on('error', error => {
    fault = error
  })
  const ended = new Promise<void>(resolve => raw.once('close', () => resolve()))
  const records = scheme === 'https' ? lastRecord() : null
  const socket = records === null ? raw : await secure(raw, records.take)
  await new Promise<void>((written, failed) => {
    raw.once('close', () => failed(fault ?? new Error('the connection was closed before all was written')))
    socket.write(bytes, error => (error === null || error === undefined ? written() : failed(fault ?? error)))
  })
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  await ended
  const end = fault !== null ? 'reset' : records === null || records.isAlert() ? 'orderly' : 'without close_notify'
  return { answers: parseAnswers(Buffer.concat(chunks).toString('latin1'), false), end }
}

/** TLS over a socket, of which every byte that arrives is shown. */
async function secure(raw: Socket, arrived: (bytes: Buffer) => void): Promise<Duplex> {
  const seen = new Duplex({
    read: () => void raw.resume(),
    write: (chunk, _, done) => void raw.write(chunk, done),
    final: done => void raw.end(done),
  })
  raw.on('data', (chunk: Buffer) => {
    arrived(chunk)
    if (!seen.push(chunk)) raw.pause()
  })
  raw.once('end', () => seen.push(null))
  raw.once('error', () => seen.destroy())
  const socket = connectTls({ socket: seen, rejectUnauthorized: false, maxVersion: 'TLSv1.2' })
  socket.on('error', () => {})
  await once(socket, 'secureConnect')
  return socket
}

/** Follows the records of TLS: RFC 5246 section 6.2.1. */
function lastRecord() {
  let rest = Buffer.alloc(0)
  let type = 0
  return {
    take(bytes: Buffer) {
      rest = Buffer.concat([rest, bytes])
      while (rest.length >= 5 && rest.length >= 5 + rest.readUInt16BE(3)) {
        type = rest.readUInt8(0)
        rest = rest.subarray(5 + rest.readUInt16BE(3))
      }
    },
    isAlert: () => type === 21,
  }
}
