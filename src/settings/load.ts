/** From what was said on the command line to complete Settings: finds the files, merges, parses, and names every mistake. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type Problem, ProblemsFound } from '../errors/problem.js'
import { bracketed } from '../http/listener-url.js'
import { NginxConfRefused, settingsFromNginxConf } from '../nginx/nginx-conf.js'
import type { DirectiveReport } from '../nginx/reading.js'
import { challengeOf } from './challenge.js'
import { incompleteOptions, misplacedKeys, uselessLogin, withoutEffect } from './cross-checks.js'
import { fillIn, isEmbedded, type Plan } from './fill-in.js'
import type { FileOptions } from './from-file.js'
import { closedToAnonymous } from './nginx-open.js'
import { oneRoute } from './one-route.js'
import type { Sourced } from './options/option.js'
import { mergeOptions, type Options, parseOptions, type RawOptions } from './options/parse-options.js'
import { readYaml } from './read-yaml.js'
import type { ListenAddress, LogFormat, Settings } from './settings.js'
import { policyOf, settingsOf } from './settings-of.js'
import { reasonAgainstWriting } from './writable-folder.js'

export interface LoadedSettings {
  readonly settings: Settings
  /** What was said, and what holds where nothing was. */
  readonly options: Options
  /** What is still missing and may be made; null with an nginx.conf, which names everything itself. */
  readonly plan: Plan | null
  readonly hosts: readonly Sourced[]
  readonly dataFolder: string
  /** The portcullis.yaml that said something; null where there is none, or an empty one. */
  readonly settingsFile: string | null
  /** What becomes of each directive of the nginx.conf; empty without one. */
  readonly directives: readonly DirectiveReport[]
  /** Lines of the nginx.conf without an effect, and why. */
  readonly ignored: readonly Problem[]
  /** What else is worth knowing, and options that have no effect. */
  readonly notices: readonly Problem[]
}

/** What a settings file and the disk add to the options. */
interface Loading {
  readonly options: Options
  readonly file: FileOptions
  readonly problems: readonly Problem[]
  readonly fallbackFormat: LogFormat
}

/**
 * @param said on the command line and in the environment
 * @param fallbackFormat the log format where none was named
 * @throws ProblemsFound with all mistakes of flags and files
 */
export function loadSettings(said: RawOptions, fallbackFormat: LogFormat): LoadedSettings {
  const first = parseOptions(said)
  const { config, nginxConf } = first.options
  // Nothing else can be judged without these files.
  if (isEmpty(said.config) || isEmpty(said.nginxConf)) throw new ProblemsFound(first.problems)
  const file = readYaml(named(config))
  const { options, problems: wrong } = parseOptions(mergeOptions(said, file.raw))
  const problems = [...file.problems, ...wrong, ...incompleteOptions(options), ...noPlaceForKeys(options)]
  const loading = { options, file, problems, fallbackFormat }
  const conf = named(nginxConf)
  return conf === null ? withOneRoute(loading) : besideNginxConf(conf, loading)
}

const isEmpty = (raw: RawOptions[keyof RawOptions]) => raw !== undefined && 'texts' in raw && raw.texts[0]?.text === ''

const named = ({ value, where }: Sourced<string | null>) => (value === null ? null : { value, where })

function withOneRoute({ options, file, problems, fallbackFormat }: Loading): LoadedSettings {
  const found = [...problems, ...uselessLogin(options)]
  const filled = fillIn(options, { exists: existsSync, reasonAgainstWriting })
  // What an invalid file meant to name would only seem to be missing.
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
  const clash = sameAddress(settings.metrics, settings.listeners)
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
    notices: [...notices, ...withoutEffect(options)],
  }
}

/** Without a place to keep its keys, every token would end with the process that issued it. */
function noPlaceForKeys(options: Options): readonly Problem[] {
  const { nginxConf, backend, data } = options
  if (challengeOf(options, policyOf(options)) === 'basic') return []
  // The embedded registry needs the same folder, and says so itself.
  if (nginxConf.value === null && isEmbedded(backend.value)) return []
  const message = reasonAgainstWriting(join(data.value, 'portcullis'))
  if (message === null) return []
  const hint = 'token mode keeps its signing keys there: clear the way, or name another folder with --data DIR'
  return [{ where: data.where, message, hint }]
}

/** Two doors cannot share an address; told here, since neither of them is taken by another program. */
function sameAddress(metrics: ListenAddress | null, listeners: readonly ListenAddress[]): readonly Problem[] {
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

/** Those of portcullis.yaml first, in the order of its lines: its form and its values are judged one after the other. */
function byLine(problems: readonly Problem[]): readonly Problem[] {
  const line = ({ where }: Problem) => Number(/:(\d+)$/.exec(where)?.[1] ?? Number.POSITIVE_INFINITY)
  return problems.toSorted((a, b) => (line(a) === line(b) ? 0 : line(a) - line(b)))
}
