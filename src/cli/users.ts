/** `portcullis users`: manages the users of an htpasswd file. */
import type { Command } from 'commander'
import { randomPassword } from '../users/htpasswd/random-password.js'
import { processTerminal } from './output.js'
import { addCommand } from './users-add.js'
import type { UsersContext } from './users-context.js'
import { listCommand } from './users-list.js'
import { processInput } from './users-password-input.js'
import { removeCommand } from './users-remove.js'
import { verifyCommand } from './users-verify.js'

/** Adds `users add`, `users remove`, `users list` and `users verify` to `portcullis`. */
export function addUsersCommands(program: Command, context: UsersContext = thisProcess()): void {
  program
    .command('users')
    .description('Manage the users in an htpasswd file.')
    .addCommand(addCommand(context))
    .addCommand(removeCommand(context))
    .addCommand(listCommand(context))
    .addCommand(verifyCommand(context))
}

function thisProcess(): UsersContext {
  const terminal = processTerminal()
  return { terminal, input: processInput(terminal), randomPassword }
}
