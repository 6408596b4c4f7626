/** Runs `portcullis users ...` inside the test's own process. */
import { Command } from 'commander'
import { runProgram } from '../../src/cli/run-program.js'
import { addUsersCommands } from '../../src/cli/users.js'
import type { UsersContext } from '../../src/cli/users-context.js'

/** `args` follow `portcullis`. The exit code. */
export function runUsers(args: readonly string[], context: UsersContext): Promise<number> {
  const program = new Command('portcullis')
  addUsersCommands(program, context)
  return runProgram(program, ['node', 'portcullis', ...args], context.terminal)
}

/** `portcullis users add NAME`, with a password from the standard input and the least cost. */
export function addUser(name: string, file: string): Promise<number> {
  return runUsers(['users', 'add', name, '--htpasswd', file, '--password-stdin', '--cost', '4'], {
    terminal: { out: () => {}, err: () => {}, outColour: false, errColour: false },
    input: {
      isTerminal: false,
      openPrompt: () => ({ ask: () => Promise.reject(new Error('there is no terminal')), close: () => {} }),
      read: async () => Buffer.from('secret\n'),
    },
    randomPassword: () => 'unused',
  })
}
