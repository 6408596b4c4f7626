/** Which worker gets a connection, written as who took which. */
import { Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { createHandOut, type Taker } from '../../../src/server/primary/hand-out.js'

interface Worker extends Taker {
  pending: number
  readonly took: string[]
}

const worker = (pending = 0): Worker => {
  const took: string[] = []
  return { pending, took, take: address => void took.push(address) }
}

describe('connections', () => {
  it('go to workers in turn', () => {
    const [a, b] = [worker(), worker()]
    const handOut = createHandOut()
    for (const one of [a, b]) handOut.add(one)
    for (const address of ['1', '2', '3', '4']) handOut.give(address, new Socket())
    expect([a.took.length, b.took.length]).toEqual([2, 2])
  })

  it('go to the worker that has the fewest to take', () => {
    const [busy, idle] = [worker(3), worker(0)]
    const handOut = createHandOut()
    for (const one of [busy, idle]) handOut.add(one)
    for (const address of ['1', '2', '3']) handOut.give(address, new Socket())
    expect([busy.took, idle.took]).toEqual([[], ['1', '2', '3']])
  })

  it('never go to one that was removed', () => {
    const [a, b] = [worker(), worker()]
    const handOut = createHandOut()
    for (const one of [a, b]) handOut.add(one)
    handOut.remove(a)
    for (const address of ['1', '2']) handOut.give(address, new Socket())
    expect([a.took, b.took]).toEqual([[], ['1', '2']])
  })

  it('wait in order while there is no worker, and those beyond the bound are closed', () => {
    const handOut = createHandOut(2)
    const sockets = [new Socket(), new Socket(), new Socket()]
    for (const [index, socket] of sockets.entries()) handOut.give(String(index), socket)
    expect(sockets.map(socket => socket.destroyed)).toEqual([false, false, true])
    const late = worker()
    handOut.add(late)
    expect(late.took).toEqual(['0', '1'])
  })

  it('that still wait are closed at the end', () => {
    const handOut = createHandOut()
    const socket = new Socket()
    handOut.give('1', socket)
    handOut.close()
    expect(socket.destroyed).toBe(true)
  })
})
