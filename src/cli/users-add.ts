/** `portcullis users add`: adds a user, or sets a new password for an existing one. */
import { Command, Option } from 'commander'
import { type Problem, ProblemsFound } from '../errors/problem.js'
import { Secret } from '../errors/secret.js'
import { visible } from '../files/invisible.js'
import { createEntry } from '../users/htpasswd/edit.js'
import { setUserInFile } from '../users/htpasswd/edit-file.js'
import { faultOfNewName } from '../users/htpasswd/parse.js'
import { printWarnings, type Terminal } from './output.js'
import type { UsersContext } from './users-context.js'
import { addFileOption, chooseFile } from './users-file.js'
import { addPasswordOptions, refusePasswordArgument, takePassword } from './users-password.js'
import type { Prompt } from './users-password-input.js'

interface AddFlags {
  readonly passwordStdin?: true
  readonly random?: true
  readonly cost: string
}

/** The command `add`. */
export function addCommand(context: UsersContext): Command {
  const command = addPasswordOptions(new Command('add'))
    .description('Add a user, or set a new password. Prompts for the password by default.')
    .addOption(new Option('--random', 'make a password and print it, once, on stdout').conflicts('passwordStdin'))
    .option('--cost <n>', `cost of the bcrypt hash, ${minCost} to ${maxCost}: one more takes twice the time`, '10')
    .addHelpText('after', examples)
  return addFileOption(command).action((name: string, flags: AddFlags) => add(command, name, flags, context))
}

/** The range of `htpasswd -C`. */
const minCost = 4
const maxCost = 17

const examples = `
Examples:
  portcullis users add amy                                    asks for the password, twice
  portcullis users add ci --password-stdin < ci-password.txt  removes one line end after it
  portcullis users add bob --random                           prints the password for bob
`

async function add(command: Command, name: string, flags: AddFlags, context: UsersContext): Promise<void> {
  const { terminal, input } = context
  refusePasswordArgument(command)
  const { file, cost } = readFlags(command, name, flags)
  const password =
    flags.random === true
      ? new Secret(context.randomPassword())
      : await takePassword(input, flags.passwordStdin === true, prompt => askTwice(prompt, name, terminal))
  const { line, warnings } = createEntry(name, password.reveal(), { cost })
  printWarnings(terminal, [...warnings, ...controlCharacters(name, password)])
  const { existed } = await setUserInFile(file, name, line)
  const shown = JSON.stringify(name)
  const done = existed ? `changed the password of ${shown} in ${file}\n` : `added ${shown} to ${file}\n`
  if (flags.random === true) {
    terminal.err(done)
    terminal.out(`${password.reveal()}\n`)
  } else terminal.out(done)
}

/** Reports all invalid values at once. */
function readFlags(command: Command, name: string, flags: AddFlags): { file: string; cost: number } {
  const problems: Problem[] = []
  const message = faultOfNewName(name)
  if (message !== null) problems.push({ where: visible(name), message })
  const cost = /^\d{1,2}$/.test(flags.cost) ? Number(flags.cost) : 0
  if (cost < minCost || cost > maxCost) {
    const hint = `choose ${minCost} to ${maxCost}; without the flag it is 10, which takes some 70 ms`
    problems.push({ where: '--cost', message: `"${flags.cost}" is not a cost of bcrypt`, hint })
  }
  if (problems.length > 0) throw new ProblemsFound(problems)
  return { file: chooseFile(command), cost }
}

const maxRounds = 3

async function askTwice(prompt: Prompt, name: string, terminal: Terminal): Promise<Secret> {
  for (let round = 1; round <= maxRounds; round++) {
    const first = await prompt.ask(`Password for ${name}: `)
    if (first.reveal() === '') {
      terminal.err('The password must not be empty.\n')
      continue
    }
    const second = await prompt.ask('Repeat the password: ')
    if (first.reveal() === second.reveal()) return first
    terminal.err('The passwords differ.\n')
  }
  const message = `was not typed the same twice in ${maxRounds} attempts, and nothing has changed`
  throw new ProblemsFound([{ where: 'password', message, hint: '--random makes one' }])
}

/** Neither name nor password may contain control characters (RFC 7617, section 2). */
function controlCharacters(name: string, password: Secret): Problem[] {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (!/[\x01-\x1f\x7f]/.test(password.reveal())) return []
  return [
    {
      where: `the password of ${JSON.stringify(name)}`,
      message: 'contains a line break or another control character, which most clients cannot send',
      hint: 'only one line end is removed; the rest of the input is the password',
    },
  ]
}
