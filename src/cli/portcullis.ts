/** The command line of `portcullis`: one file per command, put together here. */
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

/** @returns the exit code: 0 done, 1 something of the user's is wrong, 2 usage, 70 our fault */
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
