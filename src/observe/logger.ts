/** Where log lines go: JSON by pino for machines, or one readable line each for people. */
import { Writable } from 'node:stream'
import { type Logger, pino } from 'pino'
import { boundedOutput, type LogOutput } from './log-output.js'

export type { Logger }

export interface LoggerOptions {
  readonly level: string
  readonly format: 'json' | 'pretty'
  readonly colour: boolean
  /** stderr: results alone go to stdout. */
  readonly output: LogOutput
}

/** One logger for the process. Authorization, cookies and passwords are never among the fields that events.ts writes. */
export function createLogger(options: LoggerOptions): Logger {
  const output = boundedOutput(options.output, lines => log.warn({ lines }, 'log lines were lost: nobody read them'))
  const destination = options.format === 'json' ? output : prettyLines(output, options.colour)
  const log = pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: label => ({ level: label }) },
    },
    destination,
  )
  return log
}

const colours: Readonly<Record<string, number>> = { fatal: 31, error: 31, warn: 33, info: 36, debug: 90, trace: 90 }

function prettyLines(output: LogOutput, colour: boolean): Writable {
  return new Writable({
    decodeStrings: false,
    write(line, _encoding, done) {
      output.write(`${readableLine(String(line), colour)}\n`)
      done()
    },
  })
}

/** `12:30:01 warn  where: message key=value ...` from one line of pino's JSON; where only if it has that. */
function readableLine(json: string, colour: boolean): string {
  const { level, time, msg, where, ...fields }: Record<string, unknown> = JSON.parse(json)
  const label = String(level).padEnd(5)
  const shown = colour ? `\u001b[${colours[String(level)] ?? 0}m${label}\u001b[0m` : label
  const rest = Object.entries(fields).map(
    ([name, value]) => `${name}=${typeof value === 'string' ? plainOrQuoted(value) : JSON.stringify(value)}`,
  )
  const message = where === undefined ? msg : `${where}: ${msg}`
  return [String(time).slice(11, 19), shown, message, ...rest]
    .filter(part => part !== undefined && part !== '')
    .join(' ')
}

const plainOrQuoted = (text: string) => (/^[\w./:@+~-]+$/.test(text) ? text : JSON.stringify(text))
