/**
 * The flags of `serve`, `check` and `access test`, each with a variable PORTCULLIS_<FLAG>. They are derived from the
 * table of options.
 */
import { type Command, Option } from 'commander'
import { environmentName, isNever, type Raw } from '../settings/options/option.js'
import { notBesideNginxConf, optionNames, type RawOptions } from '../settings/options/parse-options.js'
import { type OptionName, options } from '../settings/options/table.js'
import { WrongUsage } from './usage.js'

/** Adds the flags of the named options, by default of all, with their environment variables. */
export function addConfigurationFlags(command: Command, names: readonly OptionName[] = optionNames): Command {
  for (const name of names) {
    const { flag, type, help, heading, default: standard } = options[name]
    if (isNever(flag)) continue
    const isList = type.kind === 'list'
    const placeholder = isList ? type.item.placeholder : type.placeholder
    const option = new Option(
      `--${flag} <${placeholder}>`,
      `${help}${isList ? '; may be repeated' : ''} (default: ${standard.text})`,
    )
    option.env(environmentName(flag)).helpGroup(`${heading}:`)
    if (isList) option.argParser((value: string, previous: string[] | undefined) => [...(previous ?? []), value])
    command.addOption(option)
  }
  return command
}

/**
 * Reads the values from the command line and the environment. A blank environment variable counts as unset.
 * @throws WrongUsage for flags that cannot be combined with an nginx.conf
 */
export function readConfigurationFlags(command: Command): RawOptions {
  const raw: RawOptions = Object.fromEntries(
    optionNames.flatMap(name => {
      const raw = readFlag(command, name)
      return raw === null ? [] : [[name, raw]]
    }),
  )
  const { nginxConf } = raw
  const misplaced = nginxConf === undefined ? [] : notBesideNginxConf.flatMap(({ name }) => raw[name] ?? [])
  if (nginxConf !== undefined && misplaced.length > 0) {
    throw new WrongUsage(
      misplaced.map(({ where }) => ({
        where,
        message: `cannot be given together with ${nginxConf.where}: the nginx.conf decides this`,
        hint: 'change it in that file, or leave one of the two out',
      })),
    )
  }
  return raw
}

/** Reads a flag or its environment variable; null if neither is set. */
export function readFlag(command: Command, name: OptionName): Raw | null {
  const { flag } = options[name]
  if (isNever(flag)) return null
  const key = flag.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())
  const value: unknown = command.getOptionValue(key)
  const from = command.getOptionValueSource(key) === 'env' ? 'environment' : 'flag'
  const where = from === 'environment' ? environmentName(flag) : `--${flag}`
  const values = (Array.isArray(value) ? value : [value]).filter(each => typeof each === 'string')
  const texts =
    options[name].type.kind === 'list'
      ? values.flatMap(value => splitList(value, from === 'flag' ? /,/ : /[\s,]/))
      : values
  const kept = from === 'environment' ? texts.filter(text => text.trim() !== '') : texts
  return kept.length === 0 ? null : { from, where, texts: kept.map(text => ({ text, where })) }
}

/** Splits at commas; in the environment also at blanks. An empty value stays, so that it is refused later. */
function splitList(value: string, separator: RegExp): readonly string[] {
  const words = value.split(separator).filter(word => word !== '')
  return words.length === 0 ? [''] : words
}
