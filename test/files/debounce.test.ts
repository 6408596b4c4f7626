/** When a changed file is read: written as what is seen at which millisecond, and what is done then. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { changedMeanwhile, observe, type Settling, unsettled } from '../../src/files/debounce.js'

const sight = (what: string) => (what === 'gone' ? { error: 'does not exist' } : { stamp: what })

/** `0 A`, `300 A!`: at that time that stamp (or `gone`) is seen; `!` where the file is read or the error reported. */
function play(script: string): string {
  let state: Settling = unsettled
  const done = script.split(', ').map(moment => {
    const [at = '', what = ''] = moment.replace('!', '').split(' ')
    const step = observe(state, sight(what), Number(at), 300)
    state = step.next
    return `${at} ${what}${step.act ? '!' : ''}`
  })
  return done.join(', ')
}

describe('a file that is looked at every now and then', () => {
  it.each([
    ['is read once it has settled after the start', '0 A, 200 A, 300 A!, 500 A, 700 A'],
    ['is read 300 ms after a change, not before', '0 A, 300 A!, 500 B, 700 B, 799 B, 800 B!, 1000 B'],
    ['is not read while it keeps changing', '0 A, 300 A!, 500 B, 700 C, 900 D, 1100 E, 1399 E, 1400 E!'],
    ['is not read when it comes back to what is in force', '0 A, 300 A!, 500 B, 700 A, 1100 A, 1300 A'],
    ['needs its full time again after it came back', '0 A, 300 A!, 500 B, 700 A, 900 B, 1100 B, 1200 B!'],
    ['may be away for the moment of a rename', '0 A, 300 A!, 500 gone, 600 B, 899 B, 900 B!'],
    ['is reported missing once', '0 A, 300 A!, 500 gone, 700 gone, 800 gone!, 1000 gone, 9000 gone'],
    [
      'is read again after it was missing, even if it looks the same',
      '0 A, 300 A!, 500 gone, 800 gone!, 1000 A, 1300 A!',
    ],
    ['is reported missing from the start', '0 gone, 300 gone!, 500 gone'],
  ])('%s', (_, script) => {
    expect(play(script)).toBe(script)
  })

  it('says when to look next', () => {
    const first = observe(unsettled, sight('A'), 1000, 300)
    expect(first.settlesInMs).toBe(300)
    const second = observe(first.next, sight('A'), 1200, 300)
    expect(second.settlesInMs).toBe(100)
    const third = observe(second.next, sight('A'), 1300, 300)
    expect(third).toMatchObject({ act: true, settlesInMs: null })
    expect(observe(third.next, sight('A'), 1500, 300)).toMatchObject({ act: false, settlesInMs: null })
  })

  it('settles again when it changed while it was read', () => {
    const settled = observe(observe(unsettled, sight('A'), 0, 300).next, sight('A'), 300, 300)
    const again = observe(changedMeanwhile(settled.next), sight('A'), 310, 300)
    expect(again).toMatchObject({ act: false, settlesInMs: 300 })
    expect(observe(again.next, sight('A'), 610, 300).act).toBe(true)
  })
})

describe('a file that changes at any times, looked at as told', () => {
  const lasting = fc.array(fc.record({ ms: fc.integer({ min: 1, max: 900 }), gone: fc.boolean() }))

  it('has its last state in force within 500 ms, and never one that did not last 300 ms', () => {
    fc.assert(
      fc.property(lasting, list => {
        let state: Settling = unsettled
        let now = 0
        let from = 0
        for (const [index, { ms, gone }] of [...list, { ms: 500, gone: false }].entries()) {
          while (now <= from + ms) {
            const step = observe(state, gone ? { error: `${index}` } : { stamp: `${index}` }, now, 300)
            if (step.act) expect(now - from).toBeGreaterThanOrEqual(300)
            state = step.next
            now += Math.min(200, step.settlesInMs ?? 200)
          }
          from += ms
        }
        expect(state.inForce).toBe(`file ${list.length}`)
      }),
      { numRuns: 1000 },
    )
  })
})
