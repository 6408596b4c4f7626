/** Reads one option as `serve` would read it in the same folder, for commands that work on a gate's files. */
import type { Command } from 'commander'
import { ProblemsFound } from '../errors/problem.js'
import { type Options, parseOptions } from '../settings/options/parse-options.js'
import type { OptionName } from '../settings/options/table.js'
import { readYaml } from '../settings/read-yaml.js'
import { readFlag } from './configuration-flags.js'

/**
 * Returns the value of the flag, its environment variable, ./portcullis.yaml, or the default.
 * @param meant what is wanted and how to give it: `users file`, `name the file with --htpasswd FILE`
 * @throws ProblemsFound if the value is refused, or if it would come from a settings file with mistakes
 */
export function optionHere<Name extends OptionName>(
  command: Command,
  name: Name,
  meant: { readonly thing: string; readonly instead: string },
): Options[Name] {
  const ownValue = readFlag(command, name)
  const file = ownValue === null ? readYaml(null) : null
  const raw = ownValue ?? file?.raw[name]
  const { options, problems } = parseOptions(raw === undefined ? {} : { [name]: raw })
  const found = [...(file?.problems ?? []), ...problems]
  if (found.length === 0) return options[name]
  if (file === null) throw new ProblemsFound(found)
  const message = `does not say which ${meant.thing} is meant`
  throw new ProblemsFound([...found, { where: 'portcullis.yaml', message, hint: `correct it, or ${meant.instead}` }])
}
