/** `portcullis tokens revoke`: revokes identity tokens. All gates that share the folder refuse them within a second. */
import { Command } from 'commander'
import { type Problem, ProblemsFound } from '../errors/problem.js'
import { readIdentityTokens, revokeIdentityToken } from '../token/identity-files.js'
import { statePaths } from '../token/state-folder.js'
import { shellWord } from '../users/htpasswd/parse.js'
import { addDataOption, chooseDataFolder, onFolder } from './data-folder.js'
import type { TokensContext } from './tokens-context.js'
import { WrongUsage } from './usage.js'

/** The command `revoke`. Exit code 1 if there is no such token. */
export function revokeCommand({ terminal }: TokensContext): Command {
  const command = new Command('revoke')
    .description(
      'Revoke identity tokens. The user can log in again with the password: to prevent that, remove the user.',
    )
    .argument('[id...]', 'as portcullis tokens list shows them')
    .option('--user <name>', 'all tokens of this user')
  return addDataOption(command).action(async (ids: readonly string[], flags: { readonly user?: string }) => {
    const { user } = flags
    if (ids.length > 0 === (user !== undefined)) {
      const message = 'takes either the ids of tokens or --user'
      throw new WrongUsage([
        { where: 'portcullis tokens revoke', message, hint: 'see them with: portcullis tokens list' },
      ])
    }
    const dataFolder = chooseDataFolder(command)
    const folder = statePaths(dataFolder).identityTokens
    const { records } = await onFolder(folder, readIdentityTokens(dataFolder))
    const ofUser = [...records.values()].filter(record => record.user === user).map(record => record.id)
    const hint = `list them with: portcullis tokens list --data ${shellWord(dataFolder)}`
    const missing: Problem[] = []
    for (const id of user === undefined ? new Set(ids) : ofUser) {
      const owner = records.get(id)?.user
      const revoked = await onFolder(folder, revokeIdentityToken(dataFolder, id))
      if (revoked) terminal.out(`revoked ${id}${owner === undefined ? '' : ` of ${JSON.stringify(owner)}`}\n`)
      else missing.push({ where: id, message: `there is no such identity token in ${folder}`, hint })
    }
    if (user !== undefined && ofUser.length === 0) {
      missing.push({ where: JSON.stringify(user), message: `has no identity token in ${folder}`, hint })
    }
    if (missing.length > 0) throw new ProblemsFound(missing)
  })
}
