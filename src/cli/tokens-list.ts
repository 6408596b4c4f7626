/** `portcullis tokens list`: lists users with identity tokens, their machines, and the creation times. */
import { Command } from 'commander'
import { readIdentityTokens } from '../token/identity-files.js'
import type { IdentityToken } from '../token/model.js'
import { statePaths } from '../token/state-folder.js'
import { addDataOption, chooseDataFolder, onFolder } from './data-folder.js'
import { printWarnings, table } from './output.js'
import type { TokensContext } from './tokens-context.js'

/** The command `list`. Broken files are warnings, and the exit code is 0. */
export function listCommand({ terminal }: TokensContext): Command {
  const command = new Command('list')
    .description('List the identity tokens, the newest last. The output holds no secret.')
    .option('--json', 'for programs: {tokens: [{id, user, client, created}], problems: [{where, message, hint}]}')
  return addDataOption(command).action(async (flags: { readonly json?: true }) => {
    const folder = statePaths(chooseDataFolder(command)).identityTokens
    const { records, problems } = await onFolder(folder, readIdentityTokens(chooseDataFolder(command)))
    const tokens = [...records.values()].sort((a, b) => a.createdAt - b.createdAt)
    if (flags.json === true) {
      const list = tokens.map(token => ({ id: token.id, user: token.user, client: token.client, created: made(token) }))
      terminal.out(`${JSON.stringify({ tokens: list, problems }, null, 2)}\n`)
      return
    }
    const rows = tokens.map(token => [token.id, token.user, token.client === '' ? '-' : token.client, made(token)])
    if (rows.length > 0) terminal.out(table([['ID', 'USER', 'CLIENT', 'CREATED'], ...rows]))
    else terminal.err(`no identity tokens in ${folder}\n`)
    printWarnings(terminal, problems)
  })
}

const made = ({ createdAt }: IdentityToken) => new Date(createdAt).toISOString().replace(/\.\d+Z$/, 'Z')
