/**
 * Reads the answer of a backend that refuses a body in its middle: it may answer and reset the connection at the same
 * moment (decision R23).
 */
import type { Socket } from 'node:net'
import { polled } from '../http/polled.js'

/**
 * Where a write fails first, Node gives the socket up with the answer unread in it. From here on it looks at the socket once more before.
 * @param socket to be used for one request alone
 */
export function readOnWhereWritesFail(socket: Socket): void {
  const destroy = socket.destroy.bind(socket)
  socket.destroy = error => {
    socket.destroy = destroy
    if (error === undefined || Reflect.get(error, 'syscall') !== 'write') return destroy(error)
    const readable: unknown = Reflect.get(socket, '_readableState')
    // A stream with an error drops what it reads.
    if (typeof readable === 'object' && readable !== null) Reflect.set(readable, 'errored', null)
    polled().then(() => destroy(error))
    return socket
  }
}
