/** Which worker gets a connection, written as who took which; and who waits, who is closed, and what is told of it. */
import { Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createDispatch, type Dispatch, type Taker } from '../../../src/server/primary/dispatch.js'
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
  createDispatch(
    { max: 100, perWorker: 100, held: 100, ...limits },
    {
      ...silentEvents,
      connectionShortage: max => told.push(`${max} are open`),
      connectionShortageOver: ({ waited, closed }) => told.push(`over: ${waited} waited, ${closed} closed`),
      connectionDropped: reason => told.push(`closed: ${reason}`),
    },
    1_000,
  )
const give = (dispatch: Dispatch, ...addresses: readonly string[]): Socket[] =>
  addresses.map(address => {
    const socket = new Socket()
    dispatch.give(address, socket)
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
    const dispatch = start()
    for (const one of [a, b]) dispatch.add(one)
    give(dispatch, '1', '2', '3', '4')
    expect([a.took.length, b.took.length]).toEqual([2, 2])
  })

  it('go to the worker that has the fewest to take', () => {
    const [busy, idle] = [worker(3), worker(0)]
    const dispatch = start()
    for (const one of [busy, idle]) dispatch.add(one)
    give(dispatch, '1', '2', '3')
    expect([busy.took, idle.took]).toEqual([[], ['1', '2', '3']])
  })

  it('never go to one that was removed', () => {
    const [a, b] = [worker(), worker()]
    const dispatch = start()
    for (const one of [a, b]) dispatch.add(one)
    dispatch.remove(a)
    give(dispatch, '1', '2')
    expect([a.took, b.took]).toEqual([[], ['1', '2']])
  })

  it('wait in order while there is no worker, and the first ones are closed where too many wait', () => {
    const dispatch = start({ held: 2 })
    const sockets = give(dispatch, '0', '1', '2')
    expect(sockets.map(socket => socket.destroyed)).toEqual([true, false, false])
    const late = worker()
    dispatch.add(late)
    expect(late.took).toEqual(['1', '2'])
    expect(told).toEqual(['closed: limit'])
  })

  it('that still wait are closed at the end', () => {
    const dispatch = start()
    const [socket] = give(dispatch, '1')
    dispatch.close()
    expect(socket?.destroyed).toBe(true)
  })
})

describe('beyond the limit', () => {
  it('of all workers, connections wait, and go on in order as others end', () => {
    const [a, b] = [worker(), worker()]
    const dispatch = start({ max: 3 })
    for (const one of [a, b]) dispatch.add(one)
    give(dispatch, '1', '2', '3', '4', '5')
    expect(dispatch.waiting).toBe(2)
    a.open--
    dispatch.moveOn()
    expect([...a.took, ...b.took].toSorted()).toEqual(['1', '2', '3', '4'])
    // Nobody overtakes those who wait.
    b.open -= 2
    give(dispatch, '6')
    dispatch.moveOn()
    expect([...a.took, ...b.took].toSorted()).toEqual(['1', '2', '3', '4', '5', '6'])
    expect(dispatch.waiting).toBe(0)
  })

  it('of one worker, the others take them', () => {
    const [a, b] = [worker(), worker()]
    const dispatch = start({ perWorker: 2 })
    a.open = 2
    for (const one of [a, b]) dispatch.add(one)
    give(dispatch, '1', '2', '3')
    expect([a.took, b.took, dispatch.waiting]).toEqual([[], ['1', '2'], 1])
    dispatch.limit({ max: 100, perWorker: 3, held: 100 })
    expect(dispatch.waiting).toBe(0)
  })

  it('where too many are held already, those that have waited for longest are closed', () => {
    const slow = worker(2)
    const dispatch = start({ max: 2, held: 4 })
    dispatch.add(slow)
    const sockets = give(dispatch, '1', '2', '3')
    expect(sockets.map(socket => socket.destroyed)).toEqual([true, false, false])
  })

  it('it is told once, and once that it is over: when nobody has had to wait for a while', () => {
    const dispatch = start({ max: 1, held: 2 })
    const only = worker()
    dispatch.add(only)
    const next = (...addresses: readonly string[]) => {
      give(dispatch, ...addresses)
      only.open = 0
      dispatch.moveOn()
    }
    next('1', '2')
    vi.advanceTimersByTime(900)
    next('3')
    vi.advanceTimersByTime(900)
    expect(told).toEqual(['1 are open'])
    only.open = 0
    dispatch.moveOn()
    vi.advanceTimersByTime(1_000)
    expect(told).toEqual(['1 are open', 'over: 2 waited, 0 closed'])
    next('4', '5')
    vi.advanceTimersByTime(10_000)
    expect(told.slice(2)).toEqual(['1 are open', 'over: 1 waited, 0 closed'])
  })
})
