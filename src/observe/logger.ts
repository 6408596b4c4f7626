/** The logger: JSON by pino for programs, or one readable line per event for people. */
import { Writable } from 'node:stream'
import { type Logger, pino } from 'pino'
import { boundedOutput, type LogOutput } from './log-output.js'

export type { Logger }

export interface LoggerOptions {
  readonly level: string
  readonly format: 'json' | 'pretty'
  readonly colour: boolean
  /** stderr, because stdout is for results only. */
  readonly output: LogOutput
}

/**
 * Creates the one logger of the process. The fields that events.ts writes never include Authorization, cookies or
 * passwords.
 */
export function createLogger(options: LoggerOptions): Logger {
  const output = boundedOutput(options.output, lines =>
    log.warn({ lines }, 'log lines were dropped: the reader is too slow'),
  )
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

/**
 * Turns one line of pino's JSON into `12:30:01 warn  where: message key=value ...`; `where` only if the line has it.
 */
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
