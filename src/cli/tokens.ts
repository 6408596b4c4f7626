/** `portcullis tokens`: what clients keep instead of passwords, and the keys that sign access tokens. */
import { randomBytes } from 'node:crypto'
import type { Command } from 'commander'
import { processTerminal, type Terminal } from './output.js'
import { listCommand } from './tokens-list.js'
import { revokeCommand } from './tokens-revoke.js'
import { rotateCommand } from './tokens-rotate.js'

/** What these commands need from outside. */
export interface TokensContext {
  readonly terminal: Terminal
  /** Milliseconds since 1970. */
  readonly now: () => number
  readonly random: (bytes: number) => Uint8Array
}

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
