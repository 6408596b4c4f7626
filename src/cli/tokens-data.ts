/** Which data folder the commands on tokens mean: the one that `serve` would use in the same folder. */
import { existsSync, readFileSync } from 'node:fs'
import { type Command, Option } from 'commander'
import { ProblemsFound } from '../errors/problem.js'
import { draftFromYaml } from '../settings/from-yaml.js'

const settingsFile = 'portcullis.yaml'

/** Adds --data. */
export function addDataOption(command: Command): Command {
  const text = `the gate's data folder (default: what ./${settingsFile} names, or data)`
  return command.addOption(new Option('--data <dir>', text).env('PORTCULLIS_DATA'))
}

/** The flag, PORTCULLIS_DATA, ./portcullis.yaml or data. Throws ProblemsFound where a settings file has mistakes. */
export function chooseDataFolder(command: Command): string {
  const said: unknown = command.getOptionValue('data')
  if (typeof said === 'string' && said !== '') return said
  if (said === '' && command.getOptionValueSource('data') !== 'env') {
    throw new ProblemsFound([{ where: '--data', message: 'names no folder' }])
  }
  if (!existsSync(settingsFile)) return 'data'
  const { draft, problems } = draftFromYaml(readFileSync(settingsFile, 'utf8'), settingsFile)
  if (problems.length > 0) {
    const unknown = {
      where: settingsFile,
      message: 'does not say which data folder is meant',
      hint: 'mend it, or name the folder with --data DIR',
    }
    throw new ProblemsFound([...problems, unknown])
  }
  return draft.data?.value ?? 'data'
}

/** What `work` gives; an error of the system is told as a problem with `folder`. */
export async function onFolder<T>(folder: string, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (fault) {
    if (!(fault instanceof Error && 'code' in fault)) throw fault
    const hint = 'run the command as the user whose gate it is'
    throw new ProblemsFound([{ where: folder, message: `cannot be used (${String(fault.code)})`, hint }])
  }
}
