/**
 * Builds Settings from the options. The types require that this file reads every row of the table, or lists it as read
 * elsewhere.
 */
import { availableParallelism } from 'node:os'
import type { Policy } from '../access/model.js'
import type { Listener } from '../routes/model.js'
import { challengeOf } from './challenge.js'
import { isEmbedded } from './fill-in.js'
import type { Options } from './options/parse-options.js'
import { defaultLimits, type LogFormat, type Settings } from './settings.js'

/**
 * Pure except for the number of cores.
 * @param fallbackFormat the log format if no option sets one
 */
export function settingsOf(
  options: Options,
  listeners: readonly Listener[],
  storage: string | null,
  fallbackFormat: LogFormat,
): Settings {
  const {
    backend,
    backendLogin,
    data,
    drain,
    hosts,
    immutable,
    logFormat,
    logLevel,
    loginLimits,
    loginLimitsPerAddress,
    loginLimitsRedis,
    loginLimitsRedisPasswordFile,
    loginLimitsWindow,
    loginLimitsWrongPasswords,
    maxConnections,
    metrics,
    proxyProtocol,
    tokenIdentity,
    tokenIssuer,
    tokenLifetime,
    tokenService,
    trustedProxies,
    workers,
    ...others
  } = options
  assertEveryRowIsRead(others)
  const policy = policyOf(options)
  const redis = loginLimitsRedis.value
  return {
    listeners,
    storage,
    workers: workers.value === 'auto' ? availableParallelism() : workers.value,
    connections: maxConnections.value === null ? null : { max: maxConnections.value, where: maxConnections.where },
    challenge: challengeOf(options, policy),
    backendLogin:
      backendLogin.value === null || isEmbedded(backend.value)
        ? null
        : { backend: backend.value, credentials: backendLogin.value, where: backendLogin.where },
    token: {
      identity: tokenIdentity.value,
      lifetimeMs: tokenLifetime.value,
      service: tokenService.value,
      issuer: tokenIssuer.value,
    },
    dataFolder: data.value,
    loginLimits: !loginLimits.value
      ? null
      : {
          wrongPasswords: loginLimitsWrongPasswords.value,
          perAddress: loginLimitsPerAddress.value,
          windowMs: loginLimitsWindow.value,
          redis:
            redis === null
              ? null
              : { url: redis, passwordFile: loginLimitsRedisPasswordFile.value, where: loginLimitsRedis.where },
        },
    hosts: hosts.value.map(({ value }) => value),
    access: policy,
    immutable: immutable.value.map(({ value, where }) => ({ ...value, where })),
    trustedProxies: trustedProxies.value.map(({ value }) => value),
    proxyProtocol: proxyProtocol.value.map(({ value }) => value),
    metrics: metrics.value === null ? null : { ...metrics.value, where: metrics.where },
    log: { level: logLevel.value, format: logFormat.value ?? fallbackFormat },
    limits: { ...defaultLimits, drainMs: drain.value },
  }
}

/**
 * Rows that name a file (load.ts), or become listeners (fill-in.ts, one-route.ts), a policy (below) or a challenge
 * (challenge.ts).
 */
type ReadElsewhere =
  | ('config' | 'nginxConf')
  | ('listen' | 'htpasswd' | 'cert' | 'key' | 'certs')
  | ('access' | 'groups')
  | 'token'

/** Accepts exactly these rows. A row that is never read would be a setting without effect. */
function assertEveryRowIsRead<Others extends object>(
  _: Others & { readonly [Name in Exclude<keyof Others, ReadElsewhere>]: 'is read by nothing' },
): void {}

/** null without rules. */
export function policyOf({ access, groups }: Pick<Options, 'access' | 'groups'>): Policy | null {
  return access.value === null ? null : { rules: access.value, groups: groups.value }
}
