/** Tells TLS from plain HTTP by the first byte of a connection, so that both can arrive on one port. */
import type { Socket } from 'node:net'

/** The first byte of every TLS record that opens a handshake: RFC 8446 section 5.1. */
const handshake = 0x16

export interface ProtocolHandlers {
  readonly tls: (socket: Socket) => void
  readonly plain: (socket: Socket) => void
}

/** Waits for the first bytes and hands the socket on with these still unread. One that stays silent for `silentMs` is closed. */
export function sniff(socket: Socket, handlers: ProtocolHandlers, silentMs: number): void {
  const giveUp = () => {
    clearTimeout(late)
    socket.destroy()
  }
  const look = () => {
    const first: Buffer | null = socket.read()
    if (first === null) return
    clearTimeout(late)
    socket.off('readable', look)
    for (const event of ['error', 'end', 'close'] as const) socket.off(event, giveUp)
    socket.unshift(first)
    if (first[0] === handshake) handlers.tls(socket)
    else handlers.plain(socket)
  }
  // A timeout of the socket would stay in memory as long as the socket.
  const late = setTimeout(giveUp, silentMs)
  for (const event of ['error', 'end', 'close'] as const) socket.on(event, giveUp)
  socket.on('readable', look)
}
