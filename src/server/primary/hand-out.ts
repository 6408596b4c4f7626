/** Gives each new connection to the worker that has the fewest still to take, in turn among equals; keeps it while there is none. */
import type { Socket } from 'node:net'

/** A worker as far as connections are concerned. */
export interface Taker {
  /** Connections that were given and that it has not confirmed. */
  readonly pending: number
  take(address: string, socket: Socket): void
}

export interface HandOut {
  add(taker: Taker): void
  remove(taker: Taker): void
  give(address: string, socket: Socket): void
  /** Drops who still waits. */
  close(): void
}

/** @param maxWaiting connections that may wait while no worker serves; one more is closed */
export function createHandOut(maxWaiting = 4_096): HandOut {
  let takers: readonly Taker[] = []
  let waiting: { readonly address: string; readonly socket: Socket }[] = []
  const give = (address: string, socket: Socket) => {
    const [first, ...others] = takers
    if (first === undefined) {
      if (waiting.length < maxWaiting) waiting.push({ address, socket })
      else socket.destroy()
      return
    }
    const taker = others.reduce((best, other) => (other.pending < best.pending ? other : best), first)
    takers = [...takers.filter(other => other !== taker), taker]
    taker.take(address, socket)
  }
  return {
    give,
    add(taker) {
      takers = [taker, ...takers]
      const kept = waiting
      waiting = []
      for (const { address, socket } of kept) give(address, socket)
    },
    remove(taker) {
      takers = takers.filter(other => other !== taker)
    },
    close() {
      for (const { socket } of waiting) socket.destroy()
      waiting = []
    },
  }
}
