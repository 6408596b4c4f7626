// @ts-check
/** Medians, ratios and how they are written: all that is calculated from the samples. */

/**
 * The middle value, or the mean of the two middle ones. NaN for no values.
 * @param {readonly number[]} values
 * @returns {number}
 */
export const median = values => {
  const sorted = values.toSorted((a, b) => a - b)
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? Number.NaN
  return (upper + lower) / 2
}

/**
 * The gate against another, from samples taken in turn: the ratio of the medians, and the lowest and highest ratio
 * within one round, which shows how far noise reaches.
 * @typedef {object} Comparison
 * @property {number} gate median
 * @property {number} other median
 * @property {number} ratio
 * @property {number} lowest
 * @property {number} highest
 */

/**
 * @param {readonly number[]} gate one sample per round
 * @param {readonly number[]} other of the same rounds
 * @returns {Comparison}
 */
export const compare = (gate, other) => {
  const perRound = gate.map((value, round) => value / (other[round] ?? Number.NaN))
  return {
    gate: median(gate),
    other: median(other),
    ratio: median(gate) / median(other),
    lowest: Math.min(...perRound),
    highest: Math.max(...perRound),
  }
}

/**
 * Three digits that matter: 0.0123, 1.23, 12.3, 123, 1234.
 * @param {number} value
 * @returns {string}
 */
export const formatFigure = value => {
  if (!Number.isFinite(value)) return '-'
  if (value === 0) return '0'
  const digits = 2 - Math.floor(Math.log10(Math.abs(value)))
  return value.toFixed(Math.min(Math.max(digits, 0), 6))
}

/**
 * A ratio as people say it: 0.83, and below a tenth 1/37.
 * @param {number} ratio
 * @returns {string}
 */
export const formatRatio = ratio => {
  if (!Number.isFinite(ratio)) return '-'
  if (ratio >= 0.1 || ratio <= 0) return ratio === 0.1 ? '1/10' : ratio.toFixed(2)
  const divisor = 1 / ratio
  return `1/${divisor.toFixed(divisor < 20 ? 1 : 0).replace(/\.0$/, '')}`
}
