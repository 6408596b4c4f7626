/** `portcullis users list`: lists the users and the strength of their hashes, and the lines that admit no user. */
import { Command } from 'commander'
import { ProblemsFound } from '../errors/problem.js'
import { describeHash } from '../users/htpasswd/describe-hash.js'
import { unreadable } from '../users/htpasswd/load.js'
import { addCommand, type ParsedHtpasswd } from '../users/htpasswd/parse.js'
import { readHtpasswd } from '../users/htpasswd/read-file.js'
import { printWarnings, table } from './output.js'
import type { UsersContext } from './users-context.js'
import { addFileOption, chooseFile } from './users-file.js'

/** The command `list`. Lines with mistakes are warnings, and the exit code is 0. */
export function listCommand({ terminal }: UsersContext): Command {
  const command = new Command('list')
    .description('List the users, the kinds of their hashes and their lines; then the lines that admit no user.')
    .option('--json', 'for programs: {file, users: [{name, hash, cost, line}], problems: [{where, message, hint}]}')
  return addFileOption(command).action(async (flags: { readonly json?: true }) => {
    const parsed = await readUsers(chooseFile(command))
    const users = [...parsed.entries.values()].map(({ name, hash, line }) => ({ name, line, hash: describeHash(hash) }))
    if (flags.json === true) {
      const list = users.map(({ name, line, hash }) => ({ name, hash: hash.kind, cost: hash.cost, line }))
      terminal.out(`${JSON.stringify({ file: parsed.file, users: list, problems: parsed.problems }, null, 2)}\n`)
      return
    }
    const rows = users.map(({ name, line, hash }) => [name, hash.text, String(line)])
    if (rows.length > 0) terminal.out(table([['USER', 'HASH', 'LINE'], ...rows]))
    else {
      const hint = `add one with: ${addCommand(parsed.file, 'admin')}`
      printWarnings(terminal, [{ where: parsed.file, message: 'has no usable user, so no login is possible', hint }])
    }
    printWarnings(terminal, parsed.problems)
  })
}

/** @throws ProblemsFound if the file cannot be read */
export async function readUsers(file: string): Promise<ParsedHtpasswd> {
  const reading = await readHtpasswd(file)
  if ('trouble' in reading) throw new ProblemsFound([unreadable(file, reading.trouble)])
  return reading.parsed
}
