/** `portcullis tokens rotate`: creates the next signing key for access tokens, early or after a theft. */
import { Command } from 'commander'
import { ProblemsFound } from '../errors/problem.js'
import { addNextKey, readSigningKeys, removeSigningKey, writeCertificates } from '../token/key-files.js'
import { spread } from '../token/rotation.js'
import { statePaths } from '../token/state-folder.js'
import { addDataOption, chooseDataFolder, onFolder } from './data-folder.js'
import { printWarnings } from './output.js'
import type { TokensContext } from './tokens-context.js'

/** The command `rotate`. Exit code 1 if there is no key to forget. */
export function rotateCommand(context: TokensContext): Command {
  const command = new Command('rotate')
    .description('Make a new signing key. Gates make one every 90 days by themselves.')
    .option('--forget-old', 'also remove all other keys: access tokens that they signed end at once')
  return addDataOption(command).action(async (flags: { readonly forgetOld?: true }) => {
    const dataFolder = chooseDataFolder(command)
    await onFolder(statePaths(dataFolder).signingKeys, rotate(context, dataFolder, flags.forgetOld === true))
  })
}

async function rotate({ terminal, now, random }: TokensContext, dataFolder: string, forgetOld: boolean): Promise<void> {
  const { records: before, problems } = await readSigningKeys(dataFolder)
  if (forgetOld && before.size === 0 && problems.length === 0) {
    // An empty folder is an error here. Otherwise the owner of a stolen key would believe that it is invalid, although
    // a new key was made in the wrong folder.
    const hint = "name the gate's data folder with --data"
    throw new ProblemsFound([
      { where: statePaths(dataFolder).signingKeys, message: 'holds no key that could be forgotten', hint },
    ])
  }
  const alone = forgetOld || before.size === 0
  const made = now()
  const key = await addNextKey(dataFolder, before.keys(), {
    now: made,
    signsFrom: alone ? made : made + spread,
    random,
  })
  terminal.out(
    `made ${key.id}, which signs ${alone ? 'at once' : `from ${new Date(key.signsFrom).toISOString().replace(/\.\d+Z$/, 'Z')} on`}\n`,
  )
  for (const id of forgetOld ? before.keys() : []) {
    await removeSigningKey(dataFolder, id)
    terminal.out(`removed ${id}\n`)
  }
  const { records } = await readSigningKeys(dataFolder)
  await writeCertificates(dataFolder, [...records.values()])
  terminal.err(`a registry that checks tokens itself has to read ${statePaths(dataFolder).certificates} again\n`)
  printWarnings(terminal, problems)
}
