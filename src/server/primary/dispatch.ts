/**
 * Gives each new connection to the worker that has the fewest still to take, in turn among equals; where no worker
 * has room, it waits. (decision P3)
 */
import type { Socket } from 'node:net'
import type { Events } from '../../observe/events.js'
import type { ConnectionLimits } from '../connection-limits.js'

/** A worker as far as connections are concerned. */
export interface Taker {
  /** Connections that were given and that it has not confirmed. */
  readonly pending: number
  /** These and those that it has. */
  readonly open: number
  take(address: string, socket: Socket): void
}

export interface Dispatch {
  /** Connections that wait for a worker, unread. */
  readonly waiting: number
  add(taker: Taker): void
  remove(taker: Taker): void
  give(address: string, socket: Socket): void
  /** Connections of a worker have ended: others may go on. */
  moveOn(): void
  limit(limits: ConnectionLimits): void
  /** Drops who still waits. */
  close(): void
}

type HandOutEvents = Pick<
  Events,
  'connectionsLimited' | 'connectionShortage' | 'connectionShortageOver' | 'connectionDropped'
>

/** @param calmMs nobody has had to wait for so long when a shortage is over: one that comes and goes is told once */
export function createDispatch(initial: ConnectionLimits, events: HandOutEvents, calmMs = 5_000): Dispatch {
  let limits = initial
  let takers: readonly Taker[] = []
  let waiting: { readonly address: string; readonly socket: Socket }[] = []
  /** While there are workers, and none of them has room: how many connections had to wait, and how many were closed. */
  let shortage: { waited: number; closed: number } | null = null
  let calm: NodeJS.Timeout | undefined

  const sum = (count: (taker: Taker) => number) => takers.reduce((all, taker) => all + count(taker), 0)
  const best = (): Taker | null => {
    if (sum(taker => taker.open) >= limits.max) return null
    const free = takers.filter(taker => taker.open < limits.perWorker)
    return free.reduce<Taker | null>((one, other) => (one === null || other.pending < one.pending ? other : one), null)
  }
  const hand = (taker: Taker, address: string, socket: Socket) => {
    takers = [...takers.filter(other => other !== taker), taker]
    taker.take(address, socket)
  }
  const over = () => {
    if (shortage === null) return
    if (waiting.length > 0) return void calm?.refresh()
    const { waited, closed } = shortage
    shortage = null
    events.connectionShortageOver({ waited, closed })
  }
  /** Without any worker they wait as well, but there is another cause, and another line in the log. */
  const short = (what: 'waited' | 'closed') => {
    if (takers.length === 0) return
    if (shortage === null) {
      shortage = { waited: 0, closed: 0 }
      calm = setTimeout(over, calmMs).unref()
      events.connectionShortage(limits.max)
    }
    shortage[what]++
    calm?.refresh()
  }
  const moveOn = () => {
    while (waiting.length > 0) {
      const taker = best()
      if (taker === null) return
      const next = waiting.shift()
      if (next !== undefined) hand(taker, next.address, next.socket)
    }
  }

  return {
    get waiting() {
      return waiting.length
    },
    give(address, socket) {
      const taker = waiting.length > 0 ? null : best()
      if (taker !== null) return hand(taker, address, socket)
      waiting.push({ address, socket })
      short('waited')
      if (sum(({ pending }) => pending) + waiting.length <= limits.held) return
      // That a client has given up is not seen before its connection is read; it is most likely of the one that came first.
      waiting.shift()?.socket.destroy()
      events.connectionDropped('limit', 1)
      short('closed')
    },
    moveOn,
    limit(next) {
      limits = next
      events.connectionsLimited(limits.max)
      moveOn()
    },
    add(taker) {
      takers = [taker, ...takers]
      moveOn()
    },
    remove(taker) {
      takers = takers.filter(other => other !== taker)
      moveOn()
    },
    close() {
      clearTimeout(calm)
      for (const { socket } of waiting) socket.destroy()
      waiting = []
    },
  }
}
