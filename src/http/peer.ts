/**
 * Who is at the other end of a connection: by its socket, or by what a balancer that passed it on has announced.
 * (decision P15)
 */
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { plainAddress } from './client-address.js'

export interface Peer {
  /** IPv4 or IPv6 in its usual spelling; '' where it cannot be known any more, or for a Unix socket. */
  readonly address: string
  readonly port: number
}

/** A socket cannot be told another address than its own. */
const announced = new WeakMap<Socket, Peer>()

/** From here on `peerOf` gives this one for the socket, and for a TLS socket above it. */
export function announcePeer(socket: Socket, peer: Peer): void {
  announced.set(socket, peer)
}

/** The socket that was accepted: this one, or the one that a TLS socket stands on. */
export function acceptedSocket(socket: Socket): Socket {
  const below: unknown = Reflect.get(socket, '_parent')
  return below instanceof Socket ? below : socket
}

/** The only place that knows. @param socket plain, or a TLS one above it */
export function peerOf(socket: Duplex): Peer {
  if (!(socket instanceof Socket)) return { address: '', port: 0 }
  const lowest = acceptedSocket(socket)
  // A TLS socket forgets its client when it ends; the one that it stands on has been asked before.
  return (
    announced.get(lowest) ?? {
      address: plainAddress(socket.remoteAddress ?? lowest.remoteAddress),
      port: socket.remotePort ?? lowest.remotePort ?? 0,
    }
  )
}
