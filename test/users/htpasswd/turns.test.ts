/** Whose password is compared next, written as the order in which they ran; and who is refused where too many wait. */
import { describe, expect, it } from 'vitest'
import { createTurns } from '../../../src/users/htpasswd/turns.js'

/** `amy-1 2`: the first of amy, with suspicion 2; in the order in which they come. */
function start(width: number, maxWaiting: number) {
  const turns = createTurns({ width, maxWaiting })
  const ran: string[] = []
  const refused: string[] = []
  const running: (() => void)[] = []
  const come = (...all: readonly string[]) => {
    for (const one of all) {
      const [label = '', suspicion] = one.split(' ')
      turns.begin({
        name: label.split('-')[0] ?? '',
        suspicion: Number(suspicion),
        start(done) {
          ran.push(label)
          running.push(done)
        },
        refuse: () => refused.push(label),
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
  it('come at once while there is room', () => {
    const { ran, come, finish, finishAll, turns } = start(2, 10)
    come('a 1', 'b 1', 'c 1')
    expect(ran).toEqual(['a', 'b'])
    expect(turns.size).toBe(3)
    finish()
    expect(ran).toEqual(['a', 'b', 'c'])
    finishAll()
    expect(turns.size).toBe(0)
  })

  it.each([
    ['the least suspicious first', ['guess 9', 'twice 2', 'clean 1', 'known 0'], 'known clean twice guess'],
    ['every name in turn', ['amy-1 1', 'amy-2 1', 'amy-3 1', 'bob-1 1', 'bob-2 1'], 'bob-2 amy-1 bob-1 amy-2 amy-3'],
    ['the last and the first of equal ones alternately', ['a 1', 'b 1', 'c 1', 'd 1', 'e 1'], 'e a d b c'],
    ['also of one name', ['amy-1 1', 'amy-2 1', 'amy-3 1', 'amy-4 1'], 'amy-4 amy-1 amy-3 amy-2'],
  ])('are given to %s', (_, all, order) => {
    const { ran, come, finishAll } = start(1, 10)
    come('first 0', ...all)
    finishAll()
    expect(ran.slice(1).join(' ')).toBe(order)
  })

  it('go on in the same way when others come meanwhile: nobody is overtaken by more than every second one', () => {
    const { ran, come, finish, finishAll } = start(1, 10)
    come('first 0', 'a 1', 'b 1')
    for (const newcomer of ['c 1', 'd 1', 'e 1']) {
      come(newcomer)
      finish()
    }
    finishAll()
    expect(ran).toEqual(['first', 'c', 'a', 'e', 'b', 'd'])
  })
})

describe('where too many wait', () => {
  it.each([
    ['the most suspicious one is refused', ['a 1', 'guess 5', 'b 1'], 'guess'],
    ['a newcomer is, where it is the most suspicious one', ['a 1', 'b 1', 'guess 5'], 'guess'],
    ['one of the name that most of them have is', ['amy-1 1', 'bob-1 1', 'amy-2 1'], 'amy-2'],
    ['of equal ones it is the one in the middle, which would have waited for longest', ['a 1', 'b 1', 'c 1'], 'b'],
  ])('%s', (_, all, name) => {
    const { refused, come, finishAll, ran } = start(1, 2)
    come('first 0', ...all)
    expect(refused).toEqual([name])
    finishAll()
    expect(ran).toHaveLength(3)
  })
})
