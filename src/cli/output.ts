/** The output of commands: results on stdout, everything else on stderr, colour only on a terminal. */
import { formatProblem, type Problem } from '../errors/problem.js'

/** The output of a command. Texts include their final line feed. */
export interface Terminal {
  /** Results. */
  out(text: string): void
  /** Everything else. */
  err(text: string): void
  /** Whether the stream is a terminal that may show colour. */
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

/** Colours a text if `enabled`. */
export function paint(text: string, colour: Colour, enabled: boolean): string {
  return enabled ? `\x1b[${codes[colour]}m${text}\x1b[0m` : text
}

/** Prints `error: where: message` and `hint:  next step` for each problem, on stderr. */
export function printProblems(terminal: Terminal, problems: readonly Problem[], label = 'error'): void {
  for (const problem of problems)
    terminal.err(`${paintLabels(formatProblem(problem, label), label, terminal.errColour)}\n`)
}

/** Prints problems that do not stop the command, on stderr. */
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
 * Formats rows as columns that are two blanks apart. The last column has no width limit. Further lines of a multi-line
 * cell are aligned below its first line. Ends with a line feed unless there are no rows.
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

/** Joins words with commas, in lines of at most `width` characters where the words allow it. */
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
