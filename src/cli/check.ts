/** `portcullis check`: judges a configuration without starting anything, like `nginx -t`. */
import { type Command, Option } from 'commander'
import { type LoadedSettings, loadSettings } from '../settings/load.js'
import type { BackendLoginSettings } from '../settings/settings.js'
import { addConfigurationFlags, readConfigurationFlags } from './configuration-flags.js'
import { judgeFiles } from './judge-files.js'
import { paint, printProblems, printWarnings, processTerminal, table } from './output.js'

export function addCheckCommand(program: Command): void {
  const command = program.command('check').description('judge a configuration without starting anything, like nginx -t')
  addConfigurationFlags(command)
    .addOption(
      new Option('--print [form]', 'show the effective settings as well').choices(['text', 'json']).preset('text'),
    )
    .action(() => check(command))
}

async function check(command: Command): Promise<void> {
  const terminal = processTerminal()
  const loaded = loadSettings(readConfigurationFlags(command), 'json')
  const warnings = await judgeFiles(loaded)
  const form: unknown = command.getOptionValue('print')
  if (form === 'json')
    terminal.out(`${JSON.stringify({ settings: loaded.settings, notices: loaded.notices }, withoutSecrets, 2)}\n`)
  if (form === 'text') terminal.out(table(rows(loaded)))
  if (form !== 'json') printProblems(terminal, loaded.notices, 'notice')
  printWarnings(terminal, warnings)
  terminal.err(`${paint('ok', 'green', terminal.errColour)}: the configuration is valid\n`)
}

function rows({ settings, plan }: LoadedSettings): string[][] {
  const made = (file: string | null | undefined, name: string) =>
    file === null || file === undefined ? name : `${name} (made at the first start)`
  const listeners = settings.listeners.map(listener => [
    'listen',
    `${listener.tls ? 'https' : 'http'}://${listener.host}:${listener.port}`,
    listener.where,
  ])
  const { metrics } = settings
  const addresses =
    metrics === null ? listeners : [...listeners, ['metrics', `http://${metrics.host}:${metrics.port}`, metrics.where]]
  const { proxyProtocol } = settings
  const balancers = proxyProtocol.length === 0 ? [] : [['PROXY header', `from ${proxyProtocol.join(', ')}`, '']]
  const { connections } = settings
  const limit = connections === null ? [] : [['connections', `${connections.max} at most`, connections.where]]
  const everywhere = [...addresses, ...balancers, ...limit, ['login', challengeOf(settings), '']]
  if (plan === null) return everywhere
  return [
    ...everywhere,
    ['certificate', made(plan.missing.certificateIn, plan.cert), plan.certWhere],
    ['users', made(plan.missing.usersFile, plan.usersFile), plan.usersWhere],
    ['registry', plan.storage === null ? backendOf(settings) : `embedded, in ${plan.storage}`, ''],
    ...(settings.backendLogin === null
      ? []
      : [['backend login', loginOf(settings.backendLogin), settings.backendLogin.where]]),
    ['log', `${settings.log.level}, ${settings.log.format}`, ''],
  ]
}

function challengeOf({ challenge, token }: LoadedSettings['settings']): string {
  if (challenge === 'basic') return 'basic: a password with every request'
  const { identity, lifetimeMs, service } = token
  return `token: good for ${lifetimeMs / 1_000} s, for the service "${service}"${identity ? ', with identity tokens' : ''}`
}

function backendOf(settings: LoadedSettings['settings']): string {
  for (const listener of settings.listeners) {
    for (const server of listener.servers) {
      for (const { route } of server.locations)
        if (route.content.kind === 'forward') return route.content.backend.join('')
    }
  }
  return ''
}

function loginOf({ credentials }: BackendLoginSettings): string {
  if (credentials.kind === 'anonymous') return 'anonymous'
  return `${credentials.username}, password *** in ${credentials.passwordFile}`
}

/** A header that an nginx.conf sends to the backend may hold what nobody else is to read. JSON knows no Map. */
function withoutSecrets(_key: string, value: unknown): unknown {
  if (value instanceof Map) return Object.fromEntries(value)
  if (typeof value !== 'object' || value === null || !('name' in value) || !('value' in value)) return value
  const secret = /authorization|cookie|token|secret|password|api-?key/i.test(String(value.name))
  return secret ? { ...value, value: '***' } : value
}
