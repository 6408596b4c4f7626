/** `portcullis users verify`: whether a password is the one in the file. */
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

/** The command `verify`; exit code 0 for yes and 1 for no, after the same time and in the same words for an unknown user. */
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
    const verifier = createVerifierWith(hereAndNow, {
      maxQueue: 0,
      threads: 1,
      maxRemembered: 1,
      randomKey: sameAlways,
    })
    if (await verifier.verify(users, name, password.reveal())) {
      terminal.out(`yes: this is the password of ${JSON.stringify(name)}\n`)
      return
    }
    terminal.out(`no: the password is wrong, or there is no user ${JSON.stringify(name)}\n`)
    throw new AnswerIsNo()
  })
}

/** One comparison, and nobody else waits. */
const hereAndNow: Comparer = { compare: async comparison => compare(comparison), close: () => Promise.resolve() }

/** No secret: it only chooses whose cost an unknown name takes, and each name should take the same in every call. */
const sameAlways = new Uint8Array(32)
