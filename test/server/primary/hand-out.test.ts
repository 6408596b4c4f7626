/** Which worker gets a connection, written as who took which; and who waits, who is closed, and what is told of it. */
import { Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createHandOut, type HandOut, type Taker } from '../../../src/server/primary/hand-out.js'
import { silentEvents } from '../fake-worker.js'

interface Worker extends Taker {
  pending: number
  open: number
  readonly took: string[]
}

/** A worker that confirms at once. */
const worker = (pending = 0): Worker => {
  const made: Worker = {
    pending,
    open: pending,
    took: [],
    take(address) {
      made.took.push(address)
      made.open++
    },
  }
  return made
}

let told: string[]
const start = (limits: { readonly max?: number; readonly perWorker?: number; readonly held?: number } = {}) =>
  createHandOut(
    { max: 100, perWorker: 100, held: 100, ...limits },
    {
      ...silentEvents,
      connectionShortage: max => told.push(`${max} are open`),
      connectionShortageOver: ({ waited, closed }) => told.push(`over: ${waited} waited, ${closed} closed`),
      connectionDropped: reason => told.push(`closed: ${reason}`),
    },
    1_000,
  )
const give = (handOut: HandOut, ...addresses: readonly string[]): Socket[] =>
  addresses.map(address => {
    const socket = new Socket()
    handOut.give(address, socket)
    return socket
  })

beforeEach(() => {
  told = []
  vi.useFakeTimers()
})
afterEach(() => void vi.useRealTimers())

describe('connections', () => {
  it('go to workers in turn', () => {
    const [a, b] = [worker(), worker()]
    const handOut = start()
    for (const one of [a, b]) handOut.add(one)
    give(handOut, '1', '2', '3', '4')
    expect([a.took.length, b.took.length]).toEqual([2, 2])
  })

  it('go to the worker that has the fewest to take', () => {
    const [busy, idle] = [worker(3), worker(0)]
    const handOut = start()
    for (const one of [busy, idle]) handOut.add(one)
    give(handOut, '1', '2', '3')
    expect([busy.took, idle.took]).toEqual([[], ['1', '2', '3']])
  })

  it('never go to one that was removed', () => {
    const [a, b] = [worker(), worker()]
    const handOut = start()
    for (const one of [a, b]) handOut.add(one)
    handOut.remove(a)
    give(handOut, '1', '2')
    expect([a.took, b.took]).toEqual([[], ['1', '2']])
  })

  it('wait in order while there is no worker, and the first ones are closed where too many wait', () => {
    const handOut = start({ held: 2 })
    const sockets = give(handOut, '0', '1', '2')
    expect(sockets.map(socket => socket.destroyed)).toEqual([true, false, false])
    const late = worker()
    handOut.add(late)
    expect(late.took).toEqual(['1', '2'])
    expect(told).toEqual(['closed: limit'])
  })

  it('that still wait are closed at the end', () => {
    const handOut = start()
    const [socket] = give(handOut, '1')
    handOut.close()
    expect(socket?.destroyed).toBe(true)
  })
})

describe('beyond the limit', () => {
  it('of all workers, connections wait, and go on in order as others end', () => {
    const [a, b] = [worker(), worker()]
    const handOut = start({ max: 3 })
    for (const one of [a, b]) handOut.add(one)
    give(handOut, '1', '2', '3', '4', '5')
    expect(handOut.waiting).toBe(2)
    a.open--
    handOut.moveOn()
    expect([...a.took, ...b.took].toSorted()).toEqual(['1', '2', '3', '4'])
    // Nobody overtakes those who wait.
    b.open -= 2
    give(handOut, '6')
    handOut.moveOn()
    expect([...a.took, ...b.took].toSorted()).toEqual(['1', '2', '3', '4', '5', '6'])
    expect(handOut.waiting).toBe(0)
  })

  it('of one worker, the others take them', () => {
    const [a, b] = [worker(), worker()]
    const handOut = start({ perWorker: 2 })
    a.open = 2
    for (const one of [a, b]) handOut.add(one)
    give(handOut, '1', '2', '3')
    expect([a.took, b.took, handOut.waiting]).toEqual([[], ['1', '2'], 1])
    handOut.limit({ max: 100, perWorker: 3, held: 100 })
    expect(handOut.waiting).toBe(0)
  })

  it('where too many are held already, those that have waited for longest are closed', () => {
    const slow = worker(2)
    const handOut = start({ max: 2, held: 4 })
    handOut.add(slow)
    const sockets = give(handOut, '1', '2', '3')
    expect(sockets.map(socket => socket.destroyed)).toEqual([true, false, false])
  })

  it('it is told once, and once that it is over: when nobody has had to wait for a while', () => {
    const handOut = start({ max: 1, held: 2 })
    const only = worker()
    handOut.add(only)
    const next = (...addresses: readonly string[]) => {
      give(handOut, ...addresses)
      only.open = 0
      handOut.moveOn()
    }
    next('1', '2')
    vi.advanceTimersByTime(900)
    next('3')
    vi.advanceTimersByTime(900)
    expect(told).toEqual(['1 are open'])
    only.open = 0
    handOut.moveOn()
    vi.advanceTimersByTime(1_000)
    expect(told).toEqual(['1 are open', 'over: 2 waited, 0 closed'])
    next('4', '5')
    vi.advanceTimersByTime(10_000)
    expect(told.slice(2)).toEqual(['1 are open', 'over: 1 waited, 0 closed'])
  })
})
