/** Runs a command line and maps every outcome to an exit code: 0, 1, 2 or 70. */
import { type Command, CommanderError } from 'commander'
import { ProblemsFound } from '../errors/problem.js'
import { outliveReader } from '../observe/log-output.js'
import { printProblems, processTerminal, type Terminal } from './output.js'
import { usageProblem, WrongUsage } from './usage.js'

/** Thrown by a command that has printed the answer "no". Exit code 1. */
export class AnswerIsNo extends Error {
  override readonly name = 'AnswerIsNo'
}

/**
 * Parses `argv` (as process.argv) and runs the command. 0: success or help. 1: ProblemsFound, all of them printed, or
 * AnswerIsNo. 2: an unknown flag or command, or conflicting flags. 70: a bug; the stack is shown only with
 * PORTCULLIS_DEBUG.
 */
export async function runProgram(
  program: Command,
  argv: readonly string[],
  terminal: Terminal = processTerminal(),
): Promise<number> {
  prepare(program, terminal)
  ignoreClosedOutput()
  try {
    await program.parseAsync(argv)
    return 0
  } catch (error) {
    return exitCode(error, terminal)
  }
}

function exitCode(error: unknown, terminal: Terminal): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  if (error instanceof AnswerIsNo) return 1
  if (error instanceof ProblemsFound) {
    printProblems(terminal, error.problems)
    return error instanceof WrongUsage ? 2 : 1
  }
  const debug = (process.env.PORTCULLIS_DEBUG ?? '') !== ''
  const message = error instanceof Error ? error.message : String(error)
  terminal.err(`error: ${message}\n`)
  terminal.err('hint:  this is a bug: please report it, with the command that led to it\n')
  if (debug && error instanceof Error) terminal.err(`${error.stack}\n`)
  else terminal.err('       and what PORTCULLIS_DEBUG=1 in front of the command shows\n')
  return 70
}

/**
 * Commander would exit by itself, and commands that were built separately do not inherit the settings of their parent.
 */
function prepare(command: Command, terminal: Terminal): void {
  command.exitOverride()
  command.configureOutput({
    writeOut: text => terminal.out(text),
    writeErr: text => terminal.err(text),
    outputError: text => printProblems(terminal, [usageProblem(command, text)]),
  })
  for (const child of command.commands) prepare(child, terminal)
}

/** `portcullis ... | head` closes the pipe early, which is not an error. */
function ignoreClosedOutput(): void {
  if (process.stdout.listeners('error').includes(ignoreClosedPipe)) return
  process.stdout.on('error', ignoreClosedPipe)
  outliveReader(process.stderr)
}

function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
}
