/** Whose password is compared next, written as the order in which they ran; and who is refused where too many wait. */
import { describe, expect, it } from 'vitest'
import { createTurns } from '../../../src/users/htpasswd/turns.js'

/** `name suspicion round`, as they come. */
function start(width: number, maxWaiting: number) {
  const turns = createTurns({ width, maxWaiting })
  const ran: string[] = []
  const refused: string[] = []
  const running: (() => void)[] = []
  const come = (...all: readonly string[]) => {
    for (const one of all) {
      const [name = '', suspicion, round] = one.split(' ')
      turns.begin({
        rank: { suspicion: Number(suspicion), round: Number(round) },
        start(done) {
          ran.push(name)
          running.push(done)
        },
        refuse: () => refused.push(name),
      })
    }
  }
  const finish = () => running.shift()?.()
  const finishAll = () => {
    while (running.length > 0) finish()
  }
  return { turns, ran, refused, come, finish, finishAll }
}

describe('turns', () => {
  it('come at once while there is room, and in order among equals', () => {
    const { ran, come, finish, finishAll, turns } = start(2, 10)
    come('a 1 0', 'b 1 0', 'c 1 0', 'd 1 0')
    expect(ran).toEqual(['a', 'b'])
    expect(turns.size).toBe(4)
    finish()
    expect(ran).toEqual(['a', 'b', 'c'])
    finishAll()
    expect([ran, turns.size]).toEqual([['a', 'b', 'c', 'd'], 0])
  })

  it.each([
    ['the least suspicious first', ['guess 9 0', 'twice 2 0', 'clean 1 0', 'known 0 3'], 'known clean twice guess'],
    ['then the one whose name has waited for the fewest', ['a2 1 2', 'a1 1 1', 'b0 1 0', 'a0 1 0'], 'b0 a0 a1 a2'],
    ['whatever came when', ['c 2 0', 'a 0 0', 'd 2 1', 'b 1 5'], 'a b c d'],
  ])('are given to %s', (_, all, order) => {
    const { ran, come, finishAll } = start(1, 10)
    come('first 0 0', ...all)
    finishAll()
    expect(ran.slice(1).join(' ')).toBe(order)
  })

  it('are refused to the last one where too many wait: the newcomer among equals, otherwise whoever is more suspicious', () => {
    const { ran, refused, come, finishAll } = start(1, 2)
    come('first 0 0', 'a 1 0', 'guess 5 0', 'b 1 0')
    expect(refused).toEqual(['guess'])
    come('c 1 0', 'd 2 0', 'known 0 0')
    expect(refused).toEqual(['guess', 'c', 'd', 'b'])
    finishAll()
    expect(ran).toEqual(['first', 'known', 'a'])
  })
})
