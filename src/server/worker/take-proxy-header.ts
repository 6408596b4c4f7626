/**
 * Waits for the PROXY header of a connection that a balancer passes on, and leaves what is behind it unread.
 * (decision P14)
 */
import type { Socket } from 'node:net'
import { announcePeer } from '../../http/peer.js'
import { readProxyHeader } from './proxy-header.js'

export interface ProxyHeaderTaken {
  /** The header is read, and `peerOf` knows whom it announced. Nothing listens on the socket any more. */
  readonly onTaken: (socket: Socket) => void
  /** The socket is closed. @param fault for people; null where it ended before or behind the header, as a mere test of the port does */
  readonly onRefused: (fault: string | null) => void
}

/** @param timeoutMs for the whole header, however it drips */
export function takeProxyHeader(socket: Socket, { onTaken, onRefused }: ProxyHeaderTaken, timeoutMs: number): void {
  let seen: Buffer = Buffer.alloc(0)
  let isWhole = false
  const stopReading = () => {
    clearTimeout(late)
    socket.off('readable', look)
  }
  const stopWatching = () => {
    socket.off('error', onGone)
    for (const event of ['end', 'close'] as const) socket.off(event, onGone)
  }
  const refuse = (fault: string | null) => {
    stopReading()
    stopWatching()
    // What it was about to say of its end is told already.
    socket.on('error', () => {})
    socket.destroy()
    onRefused(fault)
  }
  const onGone = () => refuse(seen.length === 0 || isWhole ? null : 'a PROXY header does not end')
  const look = () => {
    const chunk: Buffer | null = socket.read()
    if (chunk === null) return
    // However it drips: no more than the longest header is ever put together anew.
    seen = Buffer.concat([seen, chunk])
    const header = readProxyHeader(seen)
    if (header.kind === 'incomplete') return
    if (header.kind === 'malformed') return refuse(header.fault)
    isWhole = true
    stopReading()
    if (header.peer !== null) announcePeer(socket, header.peer)
    if (seen.length > header.length) socket.unshift(seen.subarray(header.length))
    // A stream looks only in the next tick whether anybody still reads it; who comes before would hear nothing of what is there.
    process.nextTick(() => {
      if (socket.destroyed) return
      stopWatching()
      onTaken(socket)
    })
  }
  const late = setTimeout(() => refuse('no PROXY header came in time'), timeoutMs)
  socket.on('error', onGone)
  for (const event of ['end', 'close'] as const) socket.on(event, onGone)
  socket.on('readable', look)
}
