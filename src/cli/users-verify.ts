/** `portcullis users verify`: checks a password against the file. */
import { Command } from 'commander'
import compare from '../users/htpasswd/compare-thread.js'
import type { Comparer } from '../users/htpasswd/compare-threads.js'
import { createVerifierWith } from '../users/htpasswd/verifier.js'
import { printWarnings } from './output.js'
import { AnswerIsNo } from './run-program.js'
import type { UsersContext } from './users-context.js'
import { addFileOption, chooseFile } from './users-file.js'
import { readUsers } from './users-list.js'
import { addPasswordOptions, refusePasswordArgument, takePassword } from './users-password.js'

/** The command `verify`. Exit code 0 for yes and 1 for no. An unknown user gets the same answer after the same time. */
export function verifyCommand({ terminal, input }: UsersContext): Command {
  const command = addPasswordOptions(new Command('verify')).description(
    'Check a password: exit code 0 if it is right, 1 if not.',
  )
  return addFileOption(command).action(async (name: string, flags: { readonly passwordStdin?: true }) => {
    refusePasswordArgument(command)
    const users = await readUsers(chooseFile(command))
    const password = await takePassword(input, flags.passwordStdin === true, prompt =>
      prompt.ask(`Password for ${name}: `),
    )
    printWarnings(terminal, users.problems)
    const verifier = createVerifierWith(inThisThread, {
      maxQueue: 0,
      threads: 1,
      maxRemembered: 1,
      randomKey: fixedKey,
    })
    if (await verifier.verify(users, name, password.reveal())) {
      terminal.out(`yes: this is the password of ${JSON.stringify(name)}\n`)
      return
    }
    terminal.out(`no: the password is wrong, or there is no user ${JSON.stringify(name)}\n`)
    throw new AnswerIsNo()
  })
}

/** Runs the only comparison in this thread. */
const inThisThread: Comparer = { compare: async comparison => compare(comparison), close: () => Promise.resolve() }

/**
 * Not a secret: it selects the user whose cost an unknown name takes. A constant gives each name the same cost in every
 * call.
 */
const fixedKey = new Uint8Array(32)
