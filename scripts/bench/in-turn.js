// @ts-check
/** Takes samples in turn, A B A B, so that whatever else the machine does meets all contenders alike. */

import { unlessInterrupted } from './started.js'

/** @typedef {Readonly<Record<string, number>>} Sample figures by their name */

/**
 * @typedef {object} Contender
 * @property {string} name
 * @property {() => Promise<Sample>} sample
 */

/**
 * What came of a contender: a sample per round, or why there are none.
 * @typedef {{ samples: readonly Sample[] } | { failed: string }} Outcome
 */

/**
 * One sample of every contender per round. A contender that fails is left out from then on, and the others go on.
 * @param {readonly Contender[]} contenders
 * @param {number} rounds
 * @param {object} hooks
 * @param {(contender: string, round: number) => Promise<void>} hooks.before called before each sample
 * @param {(contender: string, message: string) => void} hooks.failed called once for a contender that fails
 * @returns {Promise<Map<string, Outcome>>}
 */
export const inTurn = async (contenders, rounds, { before, failed }) => {
  /** @type {Map<string, Sample[]>} */
  const samples = new Map(contenders.map(({ name }) => [name, []]))
  /** @type {Map<string, Outcome>} */
  const outcomes = new Map()
  for (let round = 1; round <= rounds; round += 1) {
    for (const { name, sample } of contenders) {
      await before(name, round)
      if (outcomes.has(name)) continue
      try {
        samples.get(name)?.push(await sample())
      } catch (error) {
        await unlessInterrupted()
        const message = error instanceof Error ? error.message : String(error)
        failed(name, message)
        outcomes.set(name, { failed: message })
      }
    }
  }
  for (const [name, taken] of samples) if (!outcomes.has(name)) outcomes.set(name, { samples: taken })
  return outcomes
}
