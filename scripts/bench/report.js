// @ts-check
/** The table for people and the JSON for machines. */
import { formatFigure, formatRatio } from './statistics.js'

/** @typedef {import('./rows.js').MeasuredRow | import('./rows.js').UnmeasuredRow} ReportRow */

/**
 * @param {import('./rows.js').Row} row
 * @returns {string}
 */
const limitOf = row => {
  if (row.atMost === undefined) return ''
  if (row.limits === 'figure') return `gate ${formatFigure(row.atMost)}`
  return formatRatio(row.atMost) + (row.aim === undefined ? '' : `, aim ${formatRatio(row.aim)}`)
}

const heads = ['counted', 'gate', 'nginx', 'ratio', 'in the rounds', 'at most', '']

/**
 * The cells of a row below its title. "In the rounds" is the lowest and highest ratio within one round.
 * @param {import('./rows.js').MeasuredRow} row
 */
const cells = row => [
  row.figure,
  formatFigure(row.gate),
  formatFigure(row.other),
  formatRatio(row.ratio),
  `${formatRatio(row.lowest)} to ${formatRatio(row.highest)}`,
  limitOf(row),
  row.verdict === 'no limit' ? '' : row.verdict,
]

/** The whole message has been said on stderr. @param {string} text */
const firstLine = text => text.split('\n')[0]?.slice(0, 200) ?? ''

/**
 * The table, with a title line before the rows that share it. Colours only the verdicts, and only when asked to.
 * @param {readonly ReportRow[]} rows
 * @param {{ colours: boolean }} how
 * @returns {string}
 */
export const table = (rows, { colours }) => {
  const measured = rows.flatMap(row => ('unmeasured' in row ? [] : [cells(row)]))
  const widths = heads.map((head, column) => Math.max(head.length, ...measured.map(row => (row[column] ?? '').length)))
  const line = (/** @type {readonly string[]} */ row) => {
    // Text begins at the left, figures end at the right.
    const aligned = row.map((cell, column) => {
      const width = widths[column] ?? 0
      return column === 0 || column >= 4 ? cell.padEnd(width) : cell.padStart(width)
    })
    return `  ${aligned.join('  ')}`.trimEnd()
  }
  const paint = (/** @type {string} */ text, /** @type {ReportRow} */ row) => {
    if (!colours || 'unmeasured' in row || row.verdict === 'no limit') return text
    return text.replace(/(reached|missed)$/, `\x1b[${row.verdict === 'reached' ? 32 : 31}m$1\x1b[0m`)
  }
  const body = rows.flatMap((row, index) => {
    const title = row.title === rows[index - 1]?.title ? [] : [row.title]
    const text =
      'unmeasured' in row ? `  ${row.figure}: not measured: ${firstLine(row.unmeasured)}` : paint(line(cells(row)), row)
    return [...title, text]
  })
  return [line(heads), ...body, ''].join('\n')
}

/**
 * The same as JSON, with the samples of every round.
 * @param {readonly ReportRow[]} rows
 * @param {Readonly<Record<string, unknown>>} setting
 * @returns {string}
 */
export const json = (rows, setting) =>
  `${JSON.stringify({ ...setting, rows: rows.map(({ metric: _, ...row }) => row) }, null, 2)}\n`
