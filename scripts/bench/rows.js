// @ts-check
/** The rows of the table: what is compared with what, and how much it may be at most. */
import { compare } from './statistics.js'

/**
 * @typedef {object} Row
 * @property {import('./options.js').Work} work the experiment
 * @property {string} title
 * @property {string} figure what is counted, with its unit
 * @property {string} metric its name in the samples
 * @property {{ gate: string, other: string }} contenders
 * @property {number | undefined} atMost of the ratio gate / nginx, or of the gate's own figure
 * @property {number | undefined} aim a stricter ratio that would be good to have
 * @property {'ratio' | 'figure'} limits what atMost is a limit of
 */

/** What most rows have in common. */
const usual = {
  contenders: { gate: 'gate', other: 'nginx' },
  atMost: undefined,
  aim: undefined,
  limits: /** @type {const} */ ('ratio'),
}

const small = { ...usual, work: /** @type {const} */ ('requests') }
const processorPerRequest = { metric: 'processor', figure: 'processor, ms' }
const wallPerRequest = { metric: 'wall', figure: 'wall, ms' }
const costTen = {
  ...small,
  title: 'manifest GET, password hashed at cost 10',
  contenders: { gate: 'gate, cost 10', other: 'nginx, cost 10' },
}
const costFive = {
  ...small,
  title: 'manifest GET, password hashed at cost 5',
  contenders: { gate: 'gate, cost 5', other: 'nginx, cost 5' },
}
const open = {
  ...small,
  title: 'manifest GET, nginx without passwords',
  contenders: { gate: 'gate, cost 5', other: 'nginx, open' },
}
const connection = {
  ...usual,
  work: /** @type {const} */ ('connections'),
  title: 'new TLS connection with one such GET, cost 5',
}
const processorPerGiB = { metric: 'processor', figure: 'processor, s/GiB' }
const everythingPerGiB = { metric: 'everything', figure: 'processor, s/GiB' }
const wallPerGiB = { metric: 'wall', figure: 'wall, s/GiB' }
const pull = { ...usual, work: /** @type {const} */ ('pull'), title: 'pull of a large blob' }
const embedded = {
  ...pull,
  title: 'the same, embedded registry against nginx + registry',
  contenders: { gate: 'embedded', other: 'nginx' },
}
const push = { ...usual, work: /** @type {const} */ ('push'), title: 'push of a large blob' }
const unbuffered = {
  ...push,
  title: 'the same, nginx with proxy_request_buffering off',
  contenders: { gate: 'gate', other: 'unbuffered' },
}
const start = { ...usual, work: /** @type {const} */ ('start'), title: 'start to first answer' }

/** @type {readonly Row[]} */
export const rows = [
  { ...costTen, ...processorPerRequest, atMost: 1 / 250 },
  { ...costTen, ...wallPerRequest },
  { ...costFive, ...processorPerRequest, atMost: 1 / 10 },
  { ...costFive, ...wallPerRequest },
  { ...open, ...processorPerRequest, atMost: 1.2, aim: 0.9 },
  { ...open, ...wallPerRequest },
  { ...connection, ...processorPerRequest, atMost: 0.8 },
  { ...connection, ...wallPerRequest },
  { ...pull, ...processorPerGiB, atMost: 0.65, aim: 0.55 },
  { ...pull, ...wallPerGiB, atMost: 1 },
  { ...embedded, ...everythingPerGiB, atMost: 0.5 },
  { ...embedded, ...wallPerGiB },
  { ...push, ...processorPerGiB, atMost: 0.75 },
  { ...push, ...wallPerGiB, atMost: 0.75 },
  { ...unbuffered, ...processorPerGiB, atMost: 1.25, aim: 1 },
  { ...unbuffered, ...wallPerGiB },
  { ...start, metric: 'wall', figure: 'wall, s', atMost: 0.5, limits: 'figure' },
]

/**
 * A row with its figures, or with the reason why it has none.
 * @typedef {Row & { samples: { gate: number[], other: number[] } } & import('./statistics.js').Comparison
 *   & { verdict: 'reached' | 'missed' | 'no limit' }} MeasuredRow
 * @typedef {Row & { unmeasured: string }} UnmeasuredRow
 */

/**
 * Judges the outcomes of one experiment.
 * @param {Row} row
 * @param {ReadonlyMap<string, import('./in-turn.js').Outcome>} outcomes
 * @returns {MeasuredRow | UnmeasuredRow}
 */
export const judge = (row, outcomes) => {
  const [gate, other] = [outcomes.get(row.contenders.gate), outcomes.get(row.contenders.other)]
  if (gate === undefined || other === undefined) return { ...row, unmeasured: 'was not sampled' }
  if ('failed' in gate) return { ...row, unmeasured: `${row.contenders.gate}: ${gate.failed}` }
  if ('failed' in other) return { ...row, unmeasured: `${row.contenders.other}: ${other.failed}` }
  const samples = {
    gate: gate.samples.map(sample => sample[row.metric] ?? Number.NaN),
    other: other.samples.map(sample => sample[row.metric] ?? Number.NaN),
  }
  const comparison = compare(samples.gate, samples.other)
  const judged = row.limits === 'ratio' ? comparison.ratio : comparison.gate
  const verdict = row.atMost === undefined ? 'no limit' : judged <= row.atMost ? 'reached' : 'missed'
  return { ...row, ...comparison, samples, verdict }
}
