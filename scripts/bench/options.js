// @ts-check
/** The flags of the benchmark, and how much work each of its two forms does. */
import { parseArgs } from 'node:util'

export const help = `Usage: npm run bench -- [flags]

Compares the gate with nginx in one run: same certificate, same registry behind both, measured in turn.
Progress goes to stderr, the table to stdout. Linux only, because processor time is read from /proc.

  --quick        fewer and shorter rounds, below a minute (the full form takes about four)
  --only WORK    only this: requests, connections, pull, push or start; may be repeated
  --json         the figures of every round as JSON instead of the table
  --rsa          an RSA-2048 certificate instead of a P-256 one
  --gate FILE    measure this main.js instead of building and measuring dist/main.js
  --node FILE    run the gate with this node instead of the one that runs the benchmark
  --profile DIR  run the gate with --cpu-prof and leave its profiles in DIR (figures are then worse than real ones)
  --help         this text

Exit code 0: everything was measured (whether or not the aims were reached); 1: something could not be; 2: unknown flag.
`

/** @typedef {'requests' | 'connections' | 'pull' | 'push' | 'start'} Work */

/** @type {readonly Work[]} */
const works = ['requests', 'connections', 'pull', 'push', 'start']

/**
 * How much is measured. Seconds are those of one sample; nginx at cost 10 gets longer ones, because it answers only
 * some dozens of requests per second.
 * @typedef {object} Amount
 * @property {number} rounds
 * @property {number} warmRequests before anything counts
 * @property {number} warmSeconds given up after so many
 * @property {number} blobMiB
 * @property {number} requestSeconds
 * @property {number} slowRequestSeconds
 * @property {number} connectionSeconds
 * @property {number} pulls transfers per sample
 * @property {number} pushes transfers per sample
 */

/** @type {Amount} */
const full = {
  rounds: 5,
  warmRequests: 12_000,
  warmSeconds: 30,
  blobMiB: 256,
  requestSeconds: 3,
  slowRequestSeconds: 5,
  connectionSeconds: 2,
  pulls: 3,
  pushes: 2,
}

/** @type {Amount} */
const quick = {
  rounds: 3,
  warmRequests: 5_000,
  warmSeconds: 10,
  blobMiB: 128,
  requestSeconds: 1,
  slowRequestSeconds: 2,
  connectionSeconds: 1,
  pulls: 2,
  pushes: 1,
}

/**
 * @typedef {object} Options
 * @property {boolean} help
 * @property {boolean} quick
 * @property {Amount} amount
 * @property {ReadonlySet<Work>} only
 * @property {boolean} json
 * @property {boolean} rsa
 * @property {string | undefined} gate
 * @property {string} node
 * @property {string | undefined} profile
 */

/**
 * Reads the command line. Throws a TypeError that names the flag when it is unknown or has a wrong value.
 * @param {readonly string[]} words
 * @returns {Options}
 */
export const readOptions = words => {
  const { values } = parseArgs({
    args: [...words],
    options: {
      help: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
      json: { type: 'boolean', default: false },
      rsa: { type: 'boolean', default: false },
      gate: { type: 'string' },
      node: { type: 'string', default: process.execPath },
      profile: { type: 'string' },
    },
  })
  const chosen = works.filter(work => values.only.includes(work))
  const unknown = values.only.find(word => !works.some(work => work === word))
  if (unknown !== undefined) throw new TypeError(`--only ${unknown}: there is ${works.join(', ')}`)
  return {
    help: values.help,
    quick: values.quick,
    amount: values.quick ? quick : full,
    only: new Set(chosen.length > 0 ? chosen : works),
    json: values.json,
    rsa: values.rsa,
    gate: values.gate,
    node: values.node,
    profile: values.profile,
  }
}
