/**
 * The connections of one worker as the primary knows them: those that it was given, until it confirms, and those that
 * it has. (decision P2)
 */
import type { Socket } from 'node:net'

export interface Given {
  readonly address: string
  readonly socket: Socket
}

export interface LentConnections {
  /** Given and not confirmed. */
  readonly pending: number
  /** These and those that the worker has. */
  readonly open: number
  /** @returns its number */
  give(connection: Given): number
  /** The worker has the connection with this number: the primary's own descriptor is closed. */
  taken(id: number): void
  /** So many of those that the worker had have ended. */
  ended(count: number): void
  /** To be called at regular intervals: after some of them, a connection that was not confirmed is taken back. */
  tick(): void
  /** What was not confirmed, for another worker. */
  left(): readonly Given[]
}

/** Longer than a worker may stand still (see worker/watchdog.ts): what it then leaves goes to another one. */
const ticksToConfirm = 15

/**
 * A worker without a free descriptor gets the message and no connection, and never confirms it. Messages keep their order, so a connection
 * is known to be lost as soon as a later one is confirmed.
 * @param onTakenBack told how many were closed because the worker did not get them
 */
export function createLentConnections(onTakenBack: (count: number) => void): LentConnections {
  const given = new Map<number, Given & { readonly tick: number }>()
  let nextId = 1
  let ticks = 0
  let confirmed = 0

  /** Those at the front, which came first. */
  const takeBack = (isLost: (id: number, tick: number) => boolean) => {
    let count = 0
    for (const [id, { socket, tick }] of given) {
      if (!isLost(id, tick)) break
      given.delete(id)
      socket.destroy()
      count++
    }
    if (count > 0) onTakenBack(count)
  }

  return {
    get pending() {
      return given.size
    },
    get open() {
      return given.size + confirmed
    },
    give(connection) {
      const id = nextId++
      given.set(id, { ...connection, tick: ticks })
      return id
    },
    taken(id) {
      takeBack(earlier => earlier < id)
      given.get(id)?.socket.destroy()
      given.delete(id)
      confirmed++
    },
    ended(count) {
      confirmed -= count
    },
    tick() {
      ticks++
      takeBack((_, tick) => ticks - tick > ticksToConfirm)
    },
    left: () => [...given.values()],
  }
}
