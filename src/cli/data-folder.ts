/** Finds the data folder for commands on a gate's state: the one that `serve` would use in the same folder. */
import { type Command, Option } from 'commander'
import { ProblemsFound } from '../errors/problem.js'
import { optionHere } from './option-here.js'

/** Adds --data. */
export function addDataOption(command: Command): Command {
  const text = "the gate's data folder (default: what ./portcullis.yaml names, or data)"
  return command.addOption(new Option('--data <dir>', text).env('PORTCULLIS_DATA'))
}

/**
 * The flag, PORTCULLIS_DATA, ./portcullis.yaml, or data.
 * @throws ProblemsFound if a settings file has mistakes
 */
export function chooseDataFolder(command: Command): string {
  return optionHere(command, 'data', { thing: 'data folder', instead: 'name the folder with --data DIR' }).value
}

/** Awaits `work`, and reports a system error as a problem with `folder`. */
export async function onFolder<T>(folder: string, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error
    const closed = error.code === 'EACCES' || error.code === 'EPERM'
    const hint = closed ? 'run the command as the user who runs the gate' : "name the gate's data folder with --data"
    throw new ProblemsFound([{ where: folder, message: `cannot be used (${String(error.code)})`, hint }])
  }
}
