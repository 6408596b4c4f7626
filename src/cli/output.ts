/** How everything that the commands print looks: results on stdout, the rest on stderr, colour only where a person sees it. */
import { formatProblem, type Problem } from '../errors/problem.js'

/** Where a command prints. Texts end with the line feed that they need themselves. */
export interface Terminal {
  /** Results. */
  out(text: string): void
  /** Everything else. */
  err(text: string): void
  /** Whether a person watches the stream, on a terminal that may show colour. */
  readonly outColour: boolean
  readonly errColour: boolean
}

/** The terminal of this process. Colour needs a terminal and no NO_COLOR (https://no-color.org). */
export function processTerminal(): Terminal {
  const plain = (process.env.NO_COLOR ?? '') !== '' || process.env.TERM === 'dumb'
  return {
    out: text => void process.stdout.write(text),
    err: text => void process.stderr.write(text),
    outColour: !plain && process.stdout.isTTY === true,
    errColour: !plain && process.stderr.isTTY === true,
  }
}

const codes = { bold: 1, red: 31, green: 32, yellow: 33, cyan: 36 } as const
export type Colour = keyof typeof codes

/** The text in a colour, or as it is. */
export function paint(text: string, colour: Colour, enabled: boolean): string {
  return enabled ? `\x1b[${codes[colour]}m${text}\x1b[0m` : text
}

/** `error: where: message` and `hint:  next step` for each, on stderr. */
export function printProblems(terminal: Terminal, problems: readonly Problem[], label = 'error'): void {
  for (const problem of problems)
    terminal.err(`${paintLabels(formatProblem(problem, label), label, terminal.errColour)}\n`)
}

/** Problems that stop nothing, on stderr. */
export function printWarnings(terminal: Terminal, problems: readonly Problem[]): void {
  printProblems(terminal, problems, 'warning')
}

function paintLabels(text: string, label: string, enabled: boolean): string {
  const colour = label === 'error' ? 'red' : 'yellow'
  return text
    .replace(/^\w+:/, found => paint(found, colour, enabled))
    .replace(/\nhint:/, `\n${paint('hint:', 'cyan', enabled)}`)
}

/**
 * Rows of cells, in columns two blanks apart; the last column is as wide as it likes, and of a cell with several lines the later
 * ones begin below the first. Ends with a line feed unless there are no rows.
 */
export function table(rows: readonly (readonly string[])[]): string {
  const width = (column: number) =>
    Math.max(...rows.map(row => (column < row.length - 1 ? (row[column] ?? '').length : 0)))
  const widths = Array.from({ length: Math.max(0, ...rows.map(row => row.length)) }, (_, column) => width(column))
  const lines = rows.map(row => {
    const indent = widths.slice(0, row.length - 1).reduce((sum, cell) => sum + cell + 2, 0)
    const cells = row.map((cell, column) => (column < row.length - 1 ? cell.padEnd(widths[column] ?? 0) : cell))
    return cells
      .join('  ')
      .trimEnd()
      .replaceAll('\n', `\n${' '.repeat(indent)}`)
  })
  return lines.map(line => `${line}\n`).join('')
}

/** Words, separated by commas, in lines of no more than `width` characters where the words allow it. */
export function wrapWords(words: readonly string[], width: number): string {
  const lines: string[] = []
  let line = ''
  for (const [index, word] of words.entries()) {
    const piece = index < words.length - 1 ? `${word},` : word
    if (line !== '' && line.length + 1 + piece.length > width) {
      lines.push(line)
      line = piece
    } else line = line === '' ? piece : `${line} ${piece}`
  }
  return [...lines, line].join('\n')
}
