/** `portcullis readonly`: makes all gates on a data folder refuse or accept pushes and deletes. */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { Command } from 'commander'
import { ProblemsFound } from '../errors/problem.js'
import {
  longestReason,
  lookAtReadOnly,
  readOnlyFile,
  reasonIn,
  removeReadOnly,
  writeReadOnly,
} from '../server/read-only-file.js'
import { addDataOption, chooseDataFolder, onFolder } from './data-folder.js'
import { printWarnings, processTerminal, type Terminal } from './output.js'

/** Adds `readonly on`, `readonly off` and `readonly status` to `portcullis`. */
export function addReadOnlyCommands(program: Command, terminal: Terminal = processTerminal()): void {
  program
    .command('readonly')
    .description('Refuse pushes and deletes for a while.')
    .addCommand(onCommand(terminal))
    .addCommand(offCommand(terminal))
    .addCommand(statusCommand(terminal))
}

function onCommand(terminal: Terminal): Command {
  const command = new Command('on')
    .description('Make the registry read-only, in every gate on the data folder and within a second.')
    .option('--reason <text>', 'shown to clients that push: one line')
  return addDataOption(command).action(async (flags: { readonly reason?: string }) => {
    const reason = flags.reason === undefined ? null : checkReason(flags.reason)
    const folder = dataFolder(command)
    const isNew = !existsSync(folder)
    await onFolder(folder, writeReadOnly(folder, reason))
    terminal.out(`read-only: gates on ${folder} refuse pushes and deletes\n`)
    if (!isNew) return
    const hint = 'a gate looks into its own data folder: name it with --data DIR, as for serve'
    printWarnings(terminal, [{ where: folder, message: 'did not exist and was created', hint }])
  })
}

function offCommand(terminal: Terminal): Command {
  const command = new Command('off').description('Accept pushes and deletes again.')
  return addDataOption(command).action(async () => {
    const folder = dataFolder(command)
    const wasOn = await onFolder(folder, removeReadOnly(folder))
    terminal.out(`writable: gates on ${folder} accept pushes and deletes${wasOn ? '' : ', as before'}\n`)
  })
}

function statusCommand(terminal: Terminal): Command {
  const command = new Command('status').description('Say whether it is read-only, since when and why.')
  return addDataOption(command).action(async () => {
    const file = readOnlyFile(dataFolder(command))
    const sight = await lookAtReadOnly(file)
    if (sight.kind === 'unknown') {
      const message = `cannot be checked (${sight.trouble})`
      throw new ProblemsFound([{ where: file, message, hint: 'run the command as the user who runs the gate' }])
    }
    if (sight.kind === 'off') return terminal.out('writable\n')
    const since = sight.since.toISOString().replace(/\.\d+Z$/, 'Z')
    terminal.out(`read-only since ${since}${sight.reason === null ? '' : `: ${sight.reason}`}\n`)
  })
}

/** The path is absolute, so that a person in the wrong folder notices it. */
const dataFolder = (command: Command) => resolve(chooseDataFolder(command))

function checkReason(text: string): string {
  const reason = reasonIn(text)
  if (reason !== null && reason === text.trim()) return reason
  const message = reason === null ? 'says nothing' : `must be one line of at most ${longestReason} plain characters`
  throw new ProblemsFound([{ where: '--reason', message, hint: 'such as: --reason "maintenance until 10:30"' }])
}
