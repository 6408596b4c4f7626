/** Options whose effect differs from their value, because of a first run, an nginx.conf or an access rule. */
import { listenerUrl } from '../http/listener-url.js'
import { everyRoute } from '../routes/every-route.js'
import type { Template } from '../routes/model.js'
import type { LoadedSettings } from '../settings/load.js'
import { notBesideNginxConf, optionNames } from '../settings/options/parse-options.js'
import type { OptionName } from '../settings/options/table.js'

export interface Line {
  readonly value: string
  /** `--listen`, `portcullis.yaml:3`, `nginx.conf:7`, `default`. */
  readonly where: string
}

/** The lines of options that need more than one line; an empty list hides an option without effect. */
type Lines = { readonly [Name in OptionName]?: readonly Line[] }

export function inForce(loaded: LoadedSettings): Lines {
  const { settings, options, settingsFile } = loaded
  const place = (name: OptionName) => (options[name].from === 'default' ? 'default' : options[name].where)
  const one = (name: OptionName, value: string): readonly Line[] => [{ value, where: place(name) }]
  return {
    ...(settingsFile === null || options.config.from !== 'default' ? {} : { config: one('config', settingsFile) }),
    ...(options.metrics.value === null
      ? {}
      : { metrics: one('metrics', `${listenerUrl({ tls: false, ...options.metrics.value })}/metrics`) }),
    token: [challenge(loaded, place('token'))],
    ...(settings.challenge === 'basic' ? hiddenMembers('token') : {}),
    ...(settings.loginLimits === null ? hiddenMembers('loginLimits') : {}),
    workers: one('workers', options.workers.value === 'auto' ? `auto: ${settings.workers}` : String(settings.workers)),
    logFormat: one('logFormat', settings.log.format),
    ...(loaded.plan === null ? ofNginxConf(loaded) : ofPlan(loaded, loaded.plan, place)),
  }
}

/** Hides the options of a section that is off. */
function hiddenMembers(prefix: 'token' | 'loginLimits'): Lines {
  return Object.fromEntries(
    optionNames.filter(name => name.startsWith(prefix) && name !== prefix).map(name => [name, []]),
  )
}

function challenge({ settings, options }: LoadedSettings, where: string): Line {
  if (settings.challenge === 'basic') return { value: 'off: a password with every request', where }
  const value = 'on: clients are asked for a token'
  if (options.token.value === true) return { value, where }
  const rule = settings.access?.rules.find(each => each.who.some(({ kind }) => kind === 'anonymous'))
  const member = optionNames.find(name => name.startsWith('token') && options[name].from !== 'default')
  return { value, where: (member === undefined ? rule?.where : options[member].where) ?? where }
}

function ofPlan(
  { settings, options }: LoadedSettings,
  plan: NonNullable<LoadedSettings['plan']>,
  place: (name: OptionName) => string,
): Lines {
  const { missing, storage, cert, key, usersFile } = plan
  const made = (file: string, isMissing: boolean) => (isMissing ? `${file} (made at the first start)` : file)
  const isNamed = options.cert.value !== null
  const pairPlace = (name: 'cert' | 'key') => (isNamed ? place(name) : place('certs'))
  return {
    listen: settings.listeners.map(listener => ({ value: listenerUrl(listener), where: place('listen') })),
    backend: [{ value: storage === null ? options.backend.value : `embedded, in ${storage}`, where: place('backend') }],
    ...(isNamed ? { certs: [] } : {}),
    cert: [{ value: made(cert, missing.certificateIn !== null), where: pairPlace('cert') }],
    key: [{ value: made(key, missing.certificateIn !== null), where: pairPlace('key') }],
    htpasswd: [{ value: made(usersFile, missing.usersFile !== null), where: place('htpasswd') }],
  }
}

/** Values from the nginx.conf, with their lines. */
function ofNginxConf({ settings: { listeners } }: LoadedSettings): Lines {
  const servers = listeners.flatMap(listener => listener.servers)
  const routes = everyRoute(listeners)
  const pairs = servers.flatMap(({ tls }) => tls?.certificates ?? [])
  return {
    ...Object.fromEntries(notBesideNginxConf.map(({ name }) => [name, []])),
    listen: listeners.map(listener => ({ value: listenerUrl(listener), where: listener.where })),
    cert: unique(pairs.map(({ cert, where }) => ({ value: cert, where }))),
    key: unique(pairs.map(({ key, where }) => ({ value: key, where }))),
    htpasswd: unique(
      routes.flatMap(({ authentication }) =>
        authentication === null ? [] : [{ value: authentication.usersFile, where: authentication.where }],
      ),
    ),
    backend: unique(
      routes.flatMap(({ content }) =>
        content.kind === 'forward' ? [{ value: templateText(content.backend), where: content.where }] : [],
      ),
    ),
  }
}

/** Formats a template as nginx writes it: `http://$host:5000`. */
const templateText = (template: Template) =>
  template.map(part => (typeof part === 'string' ? part : `$${part.variable}`)).join('')

/** Removes duplicates: a server with several addresses yields its lines once per address. */
const unique = (lines: readonly Line[]) => [...new Map(lines.map(line => [JSON.stringify(line), line])).values()]
