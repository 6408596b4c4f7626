/** A connection that a worker does not confirm is closed: at once when a later one is confirmed, otherwise after a while. */
import { Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { createLentConnections } from '../../../src/server/primary/lent-connections.js'

function start() {
  const takenBack: number[] = []
  const lent = createLentConnections(count => takenBack.push(count))
  const give = () => {
    const socket = new Socket()
    return { socket, id: lent.give({ address: 'address', socket }) }
  }
  return { lent, takenBack, give }
}

describe('a connection that is confirmed', () => {
  it('is closed here, and open until the worker says that it has ended', () => {
    const { lent, give, takenBack } = start()
    const [a, b] = [give(), give()]
    expect([lent.pending, lent.open]).toEqual([2, 2])
    lent.taken(a.id)
    lent.taken(b.id)
    expect([a.socket.destroyed, b.socket.destroyed, lent.pending, lent.open]).toEqual([true, true, 0, 2])
    lent.ended(2)
    expect([lent.open, takenBack]).toEqual([0, []])
  })
})

describe('a connection that is not confirmed', () => {
  it('is closed when a later one is confirmed, and those behind that one are not', () => {
    const { lent, give, takenBack } = start()
    const [a, b, c, d] = [give(), give(), give(), give()]
    lent.taken(c.id)
    expect([a, b, c, d].map(({ socket }) => socket.destroyed)).toEqual([true, true, true, false])
    expect([lent.pending, lent.open, takenBack]).toEqual([1, 2, [2]])
  })

  it('is closed after 15 ticks', () => {
    const { lent, give, takenBack } = start()
    const early = give()
    for (let tick = 0; tick < 15; tick++) lent.tick()
    const late = give()
    expect(early.socket.destroyed).toBe(false)
    lent.tick()
    expect([early.socket.destroyed, late.socket.destroyed, takenBack]).toEqual([true, false, [1]])
  })

  it('and is after all, late, is one that the worker has', () => {
    const { lent, give } = start()
    const { id } = give()
    for (let tick = 0; tick < 16; tick++) lent.tick()
    expect(lent.open).toBe(0)
    lent.taken(id)
    expect(lent.open).toBe(1)
    lent.ended(1)
    expect(lent.open).toBe(0)
  })

  it('is left to another worker when this one ends', () => {
    const { lent, give } = start()
    const [a, b] = [give(), give()]
    lent.taken(a.id)
    expect(lent.left().map(({ socket }) => socket)).toEqual([b.socket])
  })
})
