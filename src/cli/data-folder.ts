/** Which data folder a command means that works on the state of a gate: the one that `serve` would use in the same folder. */
import { type Command, Option } from 'commander'
import { ProblemsFound } from '../errors/problem.js'
import { optionHere } from './option-here.js'

/** Adds --data. */
export function addDataOption(command: Command): Command {
  const text = "the gate's data folder (default: what ./portcullis.yaml names, or data)"
  return command.addOption(new Option('--data <dir>', text).env('PORTCULLIS_DATA'))
}

/** The flag, PORTCULLIS_DATA, ./portcullis.yaml or data. Throws ProblemsFound where a settings file has mistakes. */
export function chooseDataFolder(command: Command): string {
  return optionHere(command, 'data', { thing: 'data folder', instead: 'name the folder with --data DIR' }).value
}

/** What `work` gives; an error of the system is told as a problem with `folder`. */
export async function onFolder<T>(folder: string, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (fault) {
    if (!(fault instanceof Error && 'code' in fault)) throw fault
    const closed = fault.code === 'EACCES' || fault.code === 'EPERM'
    const hint = closed ? 'run the command as the user who runs the gate' : "name the gate's data folder with --data"
    throw new ProblemsFound([{ where: folder, message: `cannot be used (${String(fault.code)})`, hint }])
  }
}
