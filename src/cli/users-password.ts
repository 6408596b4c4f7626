/** Reads a password from a prompt or from the standard input, never from the command line. */
import { type Command, Option } from 'commander'
import { ProblemsFound } from '../errors/problem.js'
import { Secret } from '../errors/secret.js'
import { systemCode } from '../users/htpasswd/system-code.js'
import { WrongUsage } from './usage.js'
import type { PasswordInput, Prompt } from './users-password-input.js'

/** Bytes. More than any password has, and small enough to detect a wrong file. */
const maxInputBytes = 4096

/** Adds NAME and --password-stdin to a command that needs a password. */
export function addPasswordOptions(command: Command): Command {
  return (
    command
      .argument('<name>')
      // These arguments are accepted only so that they can be refused with a reason, without repeating the password.
      .allowExcessArguments()
      .addOption(new Option('-p, --password [password]').hideHelp())
      .option('--password-stdin', 'read the password from the standard input')
  )
}

/** @throws WrongUsage if a password was given on the command line */
export function refusePasswordArgument(command: Command): void {
  if (command.args.length <= 1 && command.getOptionValue('password') === undefined) return
  const name = `users ${command.name()}`
  throw new WrongUsage([
    {
      where: name,
      message:
        'takes the name alone: a password on the command line can be read by every user of this machine in the list of processes, ' +
        'and the shell keeps it in its history',
      hint: `leave it out to be asked for it, or pipe it in: portcullis ${name} NAME --password-stdin < FILE`,
    },
  ])
}

/**
 * Reads a password from --password-stdin (`fromInput`) or through `ask` at the terminal. The caller checks for an empty
 * password.
 * @throws ProblemsFound if there is no terminal, or the input is not valid text
 */
export async function takePassword(
  input: PasswordInput,
  fromInput: boolean,
  ask: (prompt: Prompt) => Promise<Secret>,
): Promise<Secret> {
  if (fromInput) return readPassword(input)
  if (!input.isTerminal) {
    const message = 'there is no terminal to ask for it'
    throw new ProblemsFound([{ where: 'password', message, hint: noTerminalHint }])
  }
  const prompt = input.openPrompt()
  try {
    return await ask(prompt)
  } finally {
    prompt.close()
  }
}

const noTerminalHint =
  'pipe it in with --password-stdin, or give the command a terminal (in a container: docker exec -it)'

async function readPassword(input: PasswordInput): Promise<Secret> {
  const where = '--password-stdin'
  if (input.isTerminal) {
    const message = 'the standard input is a terminal, which would show the password'
    throw new ProblemsFound([{ where, message, hint: 'leave out the flag, and you are asked for it' }])
  }
  const bytes = await input.read(maxInputBytes).catch((error: unknown) => {
    const message = `the standard input cannot be read (${systemCode(error) ?? 'unknown error'})`
    throw new ProblemsFound([{ where, message }])
  })
  if (bytes.length > maxInputBytes) {
    const message = `the standard input has more than ${maxInputBytes} bytes`
    throw new ProblemsFound([{ where, message, hint: 'give the password alone' }])
  }
  try {
    return new Secret(withoutLineEnd(new TextDecoder('utf-8', { fatal: true }).decode(bytes)))
  } catch {
    throw new ProblemsFound([{ where, message: 'the password is not valid UTF-8, which clients send' }])
  }
}

/** Removes one line end, which `echo` and editors add. A second one belongs to the password. */
function withoutLineEnd(text: string): string {
  return text.replace(/\r?\n$/, '')
}
