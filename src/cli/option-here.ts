/** One option as `serve` would have it in the same folder, for commands that work on what a gate uses. */
import type { Command } from 'commander'
import { ProblemsFound } from '../errors/problem.js'
import { type Options, parseOptions } from '../settings/options/parse-options.js'
import type { OptionName } from '../settings/options/table.js'
import { readYaml } from '../settings/read-yaml.js'
import { readFlag } from './configuration-flags.js'

/**
 * The flag, its variable in the environment, ./portcullis.yaml or the default.
 * @param meant what is to be found out, and how to say it: `users file`, `name the file with --htpasswd FILE`
 * @throws ProblemsFound where the value is refused, or where nothing stronger than a settings file with mistakes says it
 */
export function optionHere<Name extends OptionName>(
  command: Command,
  name: Name,
  meant: { readonly thing: string; readonly instead: string },
): Options[Name] {
  const said = readFlag(command, name)
  const file = said === null ? readYaml(null) : null
  const raw = said ?? file?.raw[name]
  const { options, problems } = parseOptions(raw === undefined ? {} : { [name]: raw })
  const found = [...(file?.problems ?? []), ...problems]
  if (found.length === 0) return options[name]
  if (file === null) throw new ProblemsFound(found)
  const message = `does not say which ${meant.thing} is meant`
  throw new ProblemsFound([...found, { where: 'portcullis.yaml', message, hint: `mend it, or ${meant.instead}` }])
}
