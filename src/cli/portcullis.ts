/** The command line of `portcullis`. Each command has its own file. */
import { Command } from 'commander'
import { addAccessCommands } from './access.js'
import { addCertsCommands } from './certs.js'
import { addCheckCommand } from './check.js'
import { addReadOnlyCommands } from './readonly.js'
import { runProgram } from './run-program.js'
import { addServeCommand } from './serve.js'
import { addTokensCommands } from './tokens.js'
import { addUsersCommands } from './users.js'
import { version } from './version.js'

/** @returns the exit code: 0 success, 1 a mistake of the user, 2 wrong usage, 70 a bug */
export function runPortcullis(argv: readonly string[]): Promise<number> {
  const program = new Command('portcullis')
    .description('An authenticating TLS gate in front of a container registry')
    .version(version(), '-v, --version')
  addServeCommand(program)
  addCheckCommand(program)
  addCertsCommands(program)
  addUsersCommands(program)
  addTokensCommands(program)
  addAccessCommands(program)
  addReadOnlyCommands(program)
  return runProgram(program, argv)
}
