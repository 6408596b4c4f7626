/** `portcullis serve`: the command alone. */
import type { Command } from 'commander'
import { addConfigurationFlags } from './configuration-flags.js'

export function addServeCommand(program: Command): void {
  const command = program.command('serve').description('start the gate')
  addConfigurationFlags(command).action(async () => {
    // All of the gate: the other commands start in half the time without it.
    const { runGate } = await import('./run-gate.js')
    await runGate(command)
  })
}
