/** The flags of `serve`, `check` and `access test`, with PORTCULLIS_<FLAG> in the environment behind each: made from the table of options. */
import { type Command, Option } from 'commander'
import { environmentName, isNever, type Raw } from '../settings/options/option.js'
import { notBesideNginxConf, optionNames, type RawOptions } from '../settings/options/parse-options.js'
import { type OptionName, options } from '../settings/options/table.js'
import { WrongUsage } from './usage.js'

/** Adds the flag of every option, or of those that are named, with its variable. */
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
 * What was said on the command line and in the environment. A blank value in the environment counts as unsaid.
 * @throws WrongUsage for flags that an nginx.conf leaves no room for
 */
export function readConfigurationFlags(command: Command): RawOptions {
  const raw: RawOptions = Object.fromEntries(
    optionNames.flatMap(name => {
      const said = readFlag(command, name)
      return said === null ? [] : [[name, said]]
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

/** What a flag, or the variable behind it, says; null where neither says anything. */
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
  const said = from === 'environment' ? texts.filter(text => text.trim() !== '') : texts
  return said.length === 0 ? null : { from, where, texts: said.map(text => ({ text, where })) }
}

/** Several values are separated by commas, in the environment by blanks as well. An empty value stays one, so that it is refused. */
function splitList(value: string, separator: RegExp): readonly string[] {
  const words = value.split(separator).filter(word => word !== '')
  return words.length === 0 ? [''] : words
}
