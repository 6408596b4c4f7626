/** Builds complete Settings from the command line: finds the files, merges, parses, and reports every mistake. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type Problem, ProblemsFound } from '../errors/problem.js'
import { bracketed } from '../http/listener-url.js'
import { NginxConfRefused, settingsFromNginxConf } from '../nginx/nginx-conf.js'
import type { DirectiveReport } from '../nginx/reading.js'
import { challengeOf } from './challenge.js'
import { closedToAnonymous } from './closed-to-anonymous.js'
import { incompleteOptions, ineffectiveOptions, misplacedKeys, unusedBackendLogin } from './cross-checks.js'
import { fillIn, isEmbedded, type Plan } from './fill-in.js'
import type { FileOptions } from './from-file.js'
import { oneRoute } from './one-route.js'
import type { Sourced } from './options/option.js'
import { mergeOptions, type Options, parseOptions, type RawOptions } from './options/parse-options.js'
import { readYaml } from './read-yaml.js'
import type { ListenAddress, LogFormat, Settings } from './settings.js'
import { policyOf, settingsOf } from './settings-of.js'
import { notWritableReason } from './writable-folder.js'

export interface LoadedSettings {
  readonly settings: Settings
  /** The options with their values or defaults. */
  readonly options: Options
  /** What a first run must create; null with an nginx.conf, which names everything itself. */
  readonly plan: Plan | null
  readonly hosts: readonly Sourced[]
  readonly dataFolder: string
  /** The portcullis.yaml in use; null if it is missing or empty. */
  readonly settingsFile: string | null
  /** The effect of each directive of the nginx.conf; empty without one. */
  readonly directives: readonly DirectiveReport[]
  /** Lines of the nginx.conf without an effect, and why. */
  readonly ignored: readonly Problem[]
  /** What else is worth knowing, and options that have no effect. */
  readonly notices: readonly Problem[]
}

/** The options together with the results of reading the settings file. */
interface Loading {
  readonly options: Options
  readonly file: FileOptions
  readonly problems: readonly Problem[]
  readonly fallbackFormat: LogFormat
}

/**
 * @param raw the options from the command line and the environment
 * @param fallbackFormat the log format if no option sets one
 * @throws ProblemsFound with all mistakes of flags and files
 */
export function loadSettings(raw: RawOptions, fallbackFormat: LogFormat): LoadedSettings {
  const first = parseOptions(raw)
  const { config, nginxConf } = first.options
  // Without these files, nothing else can be checked.
  if (isEmpty(raw.config) || isEmpty(raw.nginxConf)) throw new ProblemsFound(first.problems)
  const file = readYaml(named(config))
  const { options, problems: wrong } = parseOptions(mergeOptions(raw, file.raw))
  const problems = [...file.problems, ...wrong, ...incompleteOptions(options), ...unwritableKeyFolder(options)]
  const loading = { options, file, problems, fallbackFormat }
  const conf = named(nginxConf)
  return conf === null ? withOneRoute(loading) : besideNginxConf(conf, loading)
}

const isEmpty = (raw: RawOptions[keyof RawOptions]) => raw !== undefined && 'texts' in raw && raw.texts[0]?.text === ''

const named = ({ value, where }: Sourced<string | null>) => (value === null ? null : { value, where })

function withOneRoute({ options, file, problems, fallbackFormat }: Loading): LoadedSettings {
  const found = [...problems, ...unusedBackendLogin(options)]
  const filled = fillIn(options, { exists: existsSync, notWritableReason })
  // An invalid file may set these values, so they must not be reported as missing.
  if (file.problems.length === 0) found.push(...filled.problems)
  if (found.length > 0) throw new ProblemsFound(byLine(found))
  const { plan } = filled
  const { listen, backend } = options
  const listener = oneRoute({
    ...plan,
    listen: { ...listen.value, where: listen.where },
    backend: isEmbedded(backend.value) ? null : backend,
  })
  return complete(options, file, plan, [], settingsOf(options, [listener], plan.storage, fallbackFormat))
}

function besideNginxConf(
  conf: { readonly value: string },
  { options, file, problems, fallbackFormat }: Loading,
): LoadedSettings {
  const found = [...problems, ...misplacedKeys(file.raw)]
  try {
    const { listeners, notices, ignored, directives } = settingsFromNginxConf(conf.value)
    const settings = settingsOf(options, listeners, null, fallbackFormat)
    const loaded = { ...complete(options, file, null, notices, settings), ignored, directives }
    const policy = policyOf(options)
    const closed = policy === null ? [] : closedToAnonymous(policy, listeners, conf.value)
    if (found.length + closed.length > 0) throw new ProblemsFound(closed)
    return loaded
  } catch (error) {
    if (!(error instanceof ProblemsFound)) throw error
    const all = [...byLine(found), ...error.problems]
    throw error instanceof NginxConfRefused ? new NginxConfRefused(all, error.directives) : new ProblemsFound(all)
  }
}

/** @throws ProblemsFound */
function complete(
  options: Options,
  { file }: FileOptions,
  plan: Plan | null,
  notices: readonly Problem[],
  settings: Settings,
): LoadedSettings {
  const clash = addressClash(settings.metrics, settings.listeners)
  if (clash.length > 0) throw new ProblemsFound(clash)
  return {
    settings,
    options,
    plan,
    hosts: plan === null ? [] : options.hosts.value,
    dataFolder: options.data.value,
    settingsFile: file,
    directives: [],
    ignored: [],
    notices: [...notices, ...ineffectiveOptions(options)],
  }
}

/** Token mode needs a folder for its keys. Otherwise every token would become invalid when the process ends. */
function unwritableKeyFolder(options: Options): readonly Problem[] {
  const { nginxConf, backend, data } = options
  if (challengeOf(options, policyOf(options)) === 'basic') return []
  // The embedded registry needs the same folder and reports it itself.
  if (nginxConf.value === null && isEmbedded(backend.value)) return []
  const message = notWritableReason(join(data.value, 'portcullis'))
  if (message === null) return []
  const hint = 'token mode keeps its signing keys there: clear the way, or name another folder with --data DIR'
  return [{ where: data.where, message, hint }]
}

/** Reports a port that is used twice. The check for ports used by other programs cannot detect this. */
function addressClash(metrics: ListenAddress | null, listeners: readonly ListenAddress[]): readonly Problem[] {
  const isWildcard = (host: string) => host === '0.0.0.0' || host === '::'
  const clash = listeners.find(
    ({ host, port }) =>
      port !== 0 && port === metrics?.port && (host === metrics.host || isWildcard(host) || isWildcard(metrics.host)),
  )
  if (metrics === null || clash === undefined) return []
  const { where, host, port } = metrics
  return [
    {
      where,
      message: `port ${port} is the one for clients already (${clash.where})`,
      hint: `take another port: --metrics ${bracketed(host)}:${port === 9100 ? 9101 : 9100}`,
    },
  ]
}

/** Sorts the problems of portcullis.yaml first, by line: shapes and values are checked in separate passes. */
function byLine(problems: readonly Problem[]): readonly Problem[] {
  const line = ({ where }: Problem) => Number(/:(\d+)$/.exec(where)?.[1] ?? Number.POSITIVE_INFINITY)
  return problems.toSorted((a, b) => (line(a) === line(b) ? 0 : line(a) - line(b)))
}
