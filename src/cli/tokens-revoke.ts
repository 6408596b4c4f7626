/** `portcullis tokens revoke`: ends identity tokens; every gate that shares the folder refuses them within a second. */
import { Command } from 'commander'
import { type Problem, ProblemsFound } from '../errors/problem.js'
import { readIdentityTokens, revokeIdentityToken } from '../token/identity-files.js'
import { statePaths } from '../token/state-folder.js'
import { shellWord } from '../users/htpasswd/parse.js'
import { addDataOption, chooseDataFolder, onFolder } from './data-folder.js'
import type { TokensContext } from './tokens-context.js'
import { WrongUsage } from './usage.js'

/** The command `revoke`; exit code 1 where there is none to revoke. */
export function revokeCommand({ terminal }: TokensContext): Command {
  const command = new Command('revoke')
    .description('Revoke identity tokens. Whoever has the password can log in again: to prevent that, remove the user.')
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
    const hint = `see which there are: portcullis tokens list --data ${shellWord(dataFolder)}`
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
