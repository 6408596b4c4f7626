/** The flags that `serve` and `check` share, with PORTCULLIS_<FLAG> in the environment behind each. */
import { type Command, Option } from 'commander'
import type { Draft, Given } from '../settings/draft.js'
import { WrongUsage } from './usage.js'

export interface ConfigurationFlags {
  readonly draft: Draft
  readonly config: Given | null
  readonly nginxConf: Given | null
}

const notBesideNginxConf = ['listen', 'backend', 'htpasswd', 'cert', 'key', 'certs']

const flags: readonly { readonly name: string; readonly value: string; readonly text: string; readonly many?: true }[] =
  [
    { name: 'config', value: 'FILE', text: 'settings in YAML (./portcullis.yaml is read if it is there)' },
    { name: 'nginx-conf', value: 'FILE', text: 'take everything from an nginx.conf' },
    {
      name: 'listen',
      value: '[HOST:]PORT',
      text: 'address for clients; port 0 takes a free one (default 0.0.0.0:5000)',
    },
    { name: 'backend', value: 'URL|embedded', text: 'registry behind the gate (default embedded)' },
    { name: 'htpasswd', value: 'FILE', text: 'users (default auth/htpasswd)' },
    { name: 'cert', value: 'FILE', text: 'certificate in PEM' },
    { name: 'key', value: 'FILE', text: 'its private key in PEM' },
    { name: 'certs', value: 'DIR', text: 'folder with cert.pem and key.pem (default certs)' },
    { name: 'host', value: 'NAME', text: 'further name for a certificate that is made; may be repeated', many: true },
    { name: 'data', value: 'DIR', text: 'folder of the embedded registry (default data)' },
    { name: 'workers', value: 'N|auto', text: 'processes that serve (default auto: one per core)' },
    {
      name: 'max-connections',
      value: 'N',
      text: 'connections that may be open; others wait (default: nine tenths of the descriptor limit)',
    },
    { name: 'metrics', value: 'HOST:PORT', text: 'address at which Prometheus may ask for /metrics (default: none)' },
    { name: 'log-level', value: 'LEVEL', text: 'fatal, error, warn, info, debug, trace or silent (default info)' },
    { name: 'log-format', value: 'FORMAT', text: 'json or pretty (default: pretty on a terminal)' },
  ]

export function addConfigurationFlags(command: Command): Command {
  for (const flag of flags) {
    const option = new Option(`--${flag.name} <${flag.value}>`, flag.text).env(environmentName(flag.name))
    if (flag.many) option.argParser((value: string, previous: string[] | undefined) => [...(previous ?? []), value])
    command.addOption(option)
  }
  return command
}

const environmentName = (flag: string) => `PORTCULLIS_${flag.toUpperCase().replaceAll('-', '_')}`

/**
 * What was said on the command line and in the environment. A blank value in the environment counts as unsaid.
 * @throws WrongUsage for flags that an nginx.conf leaves no room for
 */
export function readConfigurationFlags(command: Command): ConfigurationFlags {
  const where = (flag: string) =>
    command.getOptionValueSource(optionKey(flag)) === 'env' ? environmentName(flag) : `--${flag}`
  const given = (flag: string): Given | null => {
    const value: unknown = command.getOptionValue(optionKey(flag))
    const place = where(flag)
    if (typeof value !== 'string' || (value.trim() === '' && !place.startsWith('--'))) return null
    return { value, where: place }
  }
  const nginxConf = given('nginx-conf')
  const misplaced = nginxConf === null ? [] : notBesideNginxConf.flatMap(flag => given(flag) ?? [])
  if (nginxConf !== null && misplaced.length > 0) {
    throw new WrongUsage(
      misplaced.map(flag => ({
        where: flag.where,
        message: `cannot be given together with ${nginxConf.where}: the nginx.conf decides this`,
        hint: 'change it in that file, or leave one of the two out',
      })),
    )
  }
  const optional = (name: keyof Draft, flag: string) => {
    const value = given(flag)
    return value === null ? {} : { [name]: value }
  }
  return {
    config: given('config'),
    nginxConf,
    draft: {
      ...optional('listen', 'listen'),
      ...optional('backend', 'backend'),
      ...optional('htpasswd', 'htpasswd'),
      ...optional('cert', 'cert'),
      ...optional('key', 'key'),
      ...optional('certs', 'certs'),
      ...optional('data', 'data'),
      ...optional('workers', 'workers'),
      ...optional('maxConnections', 'max-connections'),
      ...optional('metrics', 'metrics'),
      ...optional('logLevel', 'log-level'),
      ...optional('logFormat', 'log-format'),
      ...hosts(command.getOptionValue('host'), where('host')),
    },
  }
}

/** In the environment, several names are separated by blanks or commas. */
function hosts(values: unknown, where: string): Pick<Draft, 'hosts'> {
  if (!Array.isArray(values)) return {}
  const names = values.map(String).flatMap(value => (where === '--host' ? [value] : value.split(/[\s,]+/)))
  const said = where === '--host' ? names : names.filter(name => name !== '')
  return said.length === 0 ? {} : { hosts: said.map(value => ({ value, where })) }
}

const optionKey = (flag: string) => flag.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())
