/** Finds the htpasswd file for the users commands: the one that `serve` would read in the same folder. */
import { type Command, Option } from 'commander'
import { optionHere } from './option-here.js'

/** Adds --htpasswd. */
export function addFileOption(command: Command): Command {
  const text = 'the users (default: what ./portcullis.yaml names, or auth/htpasswd)'
  return command.addOption(new Option('--htpasswd <file>', text).env('PORTCULLIS_HTPASSWD'))
}

/**
 * The flag, PORTCULLIS_HTPASSWD, ./portcullis.yaml, or auth/htpasswd.
 * @throws ProblemsFound if a settings file has mistakes
 */
export function chooseFile(command: Command): string {
  const meant = { thing: 'users file', instead: 'name the file with --htpasswd FILE' }
  return optionHere(command, 'htpasswd', meant).value ?? 'auth/htpasswd'
}
