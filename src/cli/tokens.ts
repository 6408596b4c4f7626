/** `portcullis tokens`: manages identity tokens and the signing keys of access tokens. */
import { randomBytes } from 'node:crypto'
import type { Command } from 'commander'
import { processTerminal } from './output.js'
import type { TokensContext } from './tokens-context.js'
import { listCommand } from './tokens-list.js'
import { revokeCommand } from './tokens-revoke.js'
import { rotateCommand } from './tokens-rotate.js'

/** Adds `tokens list`, `tokens revoke` and `tokens rotate` to `portcullis`. */
export function addTokensCommands(program: Command, context: TokensContext = thisProcess()): void {
  program
    .command('tokens')
    .description('Manage identity tokens, and the keys that sign access tokens.')
    .addCommand(listCommand(context))
    .addCommand(revokeCommand(context))
    .addCommand(rotateCommand(context))
}

function thisProcess(): TokensContext {
  return { terminal: processTerminal(), now: Date.now, random: randomBytes }
}
