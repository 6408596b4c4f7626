/** From what was said on the command line to complete Settings: finds the files, merges, validates, and names every mistake. */
import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { type Problem, ProblemsFound } from '../errors/problem.js'
import { uselessLogin } from './backend-login-section.js'
import { challengeOf } from './challenge.js'
import { type Draft, type Given, mergeDrafts } from './draft.js'
import { fillIn, type Plan } from './fill-in.js'
import { settingsFromNginxConf } from './from-nginx-conf.js'
import type { YamlSaid } from './from-yaml.js'
import { closedToAnonymous } from './nginx-open.js'
import { oneRoute } from './one-route.js'
import { readYaml } from './read-yaml.js'
import { defaultLimits, defaultToken, type LogFormat, type Settings } from './settings.js'
import { type Address, type Choices, emptyValues, validate } from './validate.js'
import { obstacleToWriting } from './writable-folder.js'

export interface Said {
  readonly draft: Draft
  readonly config: Given | null
  readonly nginxConf: Given | null
}

export interface LoadedSettings {
  readonly settings: Settings
  /** What is still missing and may be made; null with an nginx.conf, which names everything itself. */
  readonly plan: Plan | null
  readonly hosts: readonly Given[]
  readonly dataFolder: string
  /** The portcullis.yaml that said something; null where there is none, or an empty one. */
  readonly settingsFile: string | null
  /** What was read but has no effect here, and why. */
  readonly notices: readonly Problem[]
}

/**
 * @param fallbackFormat the log format where none was named
 * @throws ProblemsFound with all mistakes of flags and files
 */
export function loadSettings(said: Said, fallbackFormat: LogFormat): LoadedSettings {
  const empty = emptyValues([said.config ?? [], said.nginxConf ?? []].flat())
  if (empty.length > 0) throw new ProblemsFound([...empty, ...validate(said.draft).problems])
  const yaml = readYaml(said.config)
  const { choices, problems } = validate(mergeDrafts(said.draft, yaml.draft))
  const found = [...yaml.problems, ...problems, ...noPlaceForKeys(said, yaml, choices)]
  found.push(...uselessLogin(yaml.backendLogin, choices.backend, said.nginxConf !== null))
  if (said.nginxConf !== null) return fromNginxConf(said.nginxConf, choices, yaml, found, fallbackFormat)

  const filled = fillIn(choices, { exists: existsSync, obstacleToWriting })
  // What a spoilt file meant to name would only seem to be missing.
  if (yaml.problems.length === 0) found.push(...filled.problems)
  if (found.length > 0) throw new ProblemsFound(byLine(found))
  const { plan } = filled
  const listener = oneRoute({
    listen: choices.listen,
    cert: plan.cert,
    key: plan.key,
    certWhere: plan.certWhere,
    usersFile: plan.usersFile,
    usersWhere: plan.usersWhere,
    backend: choices.backend,
  })
  const clash = sameAddress(choices.metrics, [listener])
  if (clash.length > 0) throw new ProblemsFound(clash)
  return {
    settings: common(choices, yaml, fallbackFormat, { listeners: [listener], storage: plan.storage }),
    plan,
    hosts: choices.hosts,
    dataFolder: choices.data.value,
    settingsFile: yaml.file,
    notices: [],
  }
}

function common(
  choices: Choices,
  { access, immutable, token, loginLimits, backendLogin }: YamlSaid,
  fallbackFormat: LogFormat,
  own: Pick<Settings, 'listeners' | 'storage'>,
): Settings {
  return {
    ...own,
    workers: choices.workers === 'auto' ? availableParallelism() : choices.workers,
    connections: choices.connections,
    challenge: challengeOf(token !== null, access),
    backendLogin:
      backendLogin === null || choices.backend === 'embedded'
        ? null
        : { backend: choices.backend.value, credentials: backendLogin.value, where: backendLogin.where },
    token: token ?? defaultToken,
    dataFolder: choices.data.value,
    loginLimits,
    hosts: choices.hosts.map(host => host.value),
    access,
    immutable,
    trustedProxies: choices.trustedProxies,
    proxyProtocol: choices.proxyProtocol,
    metrics: choices.metrics,
    log: { level: choices.logLevel, format: choices.logFormat ?? fallbackFormat },
    limits: { ...defaultLimits, drainMs: choices.drainMs },
  }
}

/** Without a place to keep its keys, every token would end with the process that issued it. */
function noPlaceForKeys(
  { nginxConf }: Said,
  { access, token }: YamlSaid,
  { backend, data }: Choices,
): readonly Problem[] {
  if (challengeOf(token !== null, access) === 'basic') return []
  // The embedded registry needs the same folder, and says so itself.
  if (nginxConf === null && backend === 'embedded') return []
  const message = obstacleToWriting(join(data.value, 'portcullis'))
  if (message === null) return []
  const hint = 'token mode keeps its signing keys there: clear the way, or name another folder with --data DIR'
  return [{ where: data.where, message, hint }]
}

/** Two doors cannot share an address; told here, since neither of them is taken by another program. */
function sameAddress(metrics: Address | null, listeners: readonly Address[]): readonly Problem[] {
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
      hint: `take another port: --metrics ${host.includes(':') ? `[${host}]` : host}:${port === 9100 ? 9101 : 9100}`,
    },
  ]
}

function fromNginxConf(
  conf: Given,
  choices: Choices,
  yaml: YamlSaid,
  found: readonly Problem[],
  fallbackFormat: LogFormat,
): LoadedSettings {
  // How long a stop may take, how many connections there may be, and which balancer passes them on, an nginx.conf does not say here.
  const { drain: _, proxyProtocol: __, maxConnections: ___, ...decided } = yaml.draft
  const beside = Object.values(decided).flat()
  const misplaced = beside.map((given: Given) => ({
    where: given.where,
    message: 'an nginx.conf decides this already',
    hint: 'take the line out, or leave --nginx-conf out',
  }))
  try {
    const { listeners, notices } = settingsFromNginxConf(conf.value)
    const clash = sameAddress(choices.metrics, listeners)
    if (clash.length > 0) throw new ProblemsFound(clash)
    const closed = yaml.access === null ? [] : closedToAnonymous(yaml.access, listeners, conf.value)
    if (found.length + misplaced.length + closed.length > 0) throw new ProblemsFound(closed)
    return {
      settings: common(choices, yaml, fallbackFormat, { listeners, storage: null }),
      plan: null,
      hosts: [],
      dataFolder: choices.data.value,
      settingsFile: yaml.file,
      notices,
    }
  } catch (error) {
    if (!(error instanceof ProblemsFound)) throw error
    throw new ProblemsFound([...byLine([...found, ...misplaced]), ...error.problems])
  }
}

/** Those of portcullis.yaml first, in the order of its lines: its form and its values are judged one after the other. */
function byLine(problems: readonly Problem[]): readonly Problem[] {
  const line = ({ where }: Problem) => Number(/:(\d+)$/.exec(where)?.[1] ?? Number.POSITIVE_INFINITY)
  return problems.toSorted((a, b) => (line(a) === line(b) ? 0 : line(a) - line(b)))
}
