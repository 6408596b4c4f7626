/** `portcullis users remove`: removes a user from the file. */
import { Command } from 'commander'
import { ProblemsFound } from '../errors/problem.js'
import { removeUserFromFile } from '../users/htpasswd/edit-file.js'
import { addCommand, shellWord } from '../users/htpasswd/parse.js'
import { printWarnings } from './output.js'
import type { UsersContext } from './users-context.js'
import { addFileOption, chooseFile } from './users-file.js'

/** The command `remove`. Exit code 1 if there is no such user. */
export function removeCommand({ terminal }: UsersContext): Command {
  const command = new Command('remove').description('Remove a user; comments and other users stay.').argument('<name>')
  return addFileOption(command).action(async (name: string) => {
    const file = chooseFile(command)
    const { existed, parsed } = await removeUserFromFile(file, name)
    if (!existed) {
      const message = `has no user ${JSON.stringify(name)}`
      const hint = `list the users: portcullis users list --htpasswd ${shellWord(file)}`
      throw new ProblemsFound([{ where: file, message, hint }])
    }
    terminal.out(`removed ${JSON.stringify(name)} from ${file}\n`)
    if (parsed.entries.size > 0) return
    const hint = `add one with: ${addCommand(file, 'admin')}`
    printWarnings(terminal, [{ where: file, message: 'has no user now, so no login is possible', hint }])
  })
}
