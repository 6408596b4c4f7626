/** `portcullis access`: queries the access rules of a configuration. */
import { Command } from 'commander'
import { accessTestCommand } from './access-test.js'

/** Adds `access test` to `portcullis`. */
export function addAccessCommands(program: Command): void {
  program.addCommand(new Command('access').description('Ask the access rules.').addCommand(accessTestCommand()))
}
