/** `portcullis tokens list`: lists users with identity tokens, their machines, and when each token was made and last used. */
import { Command } from 'commander'
import { readIdentityTokens } from '../token/identity-files.js'
import { readLastUse } from '../token/identity-uses.js'
import type { IdentityToken } from '../token/model.js'
import { statePaths } from '../token/state-folder.js'
import { addDataOption, chooseDataFolder, onFolder } from './data-folder.js'
import { printWarnings, table } from './output.js'
import type { TokensContext } from './tokens-context.js'

/** The command `list`. Broken files are warnings, and the exit code is 0. */
export function listCommand({ terminal }: TokensContext): Command {
  const command = new Command('list')
    .description('List the identity tokens, the newest last. The output holds no secret.')
    .option(
      '--json',
      'for programs: {tokens: [{id, user, client, created, lastUsed}], problems: [{where, message, hint}]}',
    )
  return addDataOption(command).action(async (flags: { readonly json?: true }) => {
    const folder = statePaths(chooseDataFolder(command)).identityTokens
    const { records, problems } = await onFolder(folder, readIdentityTokens(chooseDataFolder(command)))
    const sorted = [...records.values()].sort((a, b) => a.createdAt - b.createdAt)
    const tokens: Shown[] = []
    for (const token of sorted) tokens.push(shown(token, await readLastUse(folder, token)))
    if (flags.json === true) {
      terminal.out(`${JSON.stringify({ tokens, problems }, null, 2)}\n`)
      return
    }
    const rows = tokens.map(({ id, user, client, created, lastUsed }) => [
      id,
      user,
      client || '-',
      created,
      lastUsed ?? '-',
    ])
    if (rows.length > 0) terminal.out(table([['ID', 'USER', 'CLIENT', 'CREATED', 'LAST USED'], ...rows]))
    else terminal.err(`no identity tokens in ${folder}\n`)
    printWarnings(terminal, problems)
  })
}

interface Shown {
  readonly id: string
  readonly user: string
  readonly client: string
  readonly created: string
  /** null: never. */
  readonly lastUsed: string | null
}

const shown = ({ id, user, client, createdAt }: IdentityToken, usedAt: number | null): Shown => ({
  id,
  user,
  client,
  created: inSeconds(createdAt),
  lastUsed: usedAt === null ? null : inSeconds(usedAt),
})

const inSeconds = (time: number) => new Date(time).toISOString().replace(/\.\d+Z$/, 'Z')
