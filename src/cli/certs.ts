/**
 * `portcullis certs`: creates, shows and installs certificates. `create-certs` is `certs create` as a separate program.
 */
import type { Command } from 'commander'

import { thisMachine } from '../certificates/default-names.js'
import { type CommandContext, createCommandNamed } from './certs-create.js'
import { showCommand } from './certs-show.js'
import { trustCommand } from './certs-trust.js'
import { processTerminal } from './output.js'

/** Adds `certs create`, `certs show` and `certs trust` to `portcullis`. */
export function addCertsCommands(program: Command, context: CommandContext = thisProcess()): void {
  program
    .command('certs')
    .description('Create, show and trust TLS certificates.')
    .addCommand(createCommandNamed('create', context))
    .addCommand(showCommand(context))
    .addCommand(trustCommand(context))
}

/** Builds the program `create-certs`. */
export function createCertsProgram(context: CommandContext = thisProcess()): Command {
  return createCommandNamed('create-certs', context)
}

function thisProcess(): CommandContext {
  return { terminal: processTerminal(), now: () => new Date(), machine: thisMachine }
}
