/** Builds Settings from the options. Every row of the table is read here, or named as one that something else reads: else this does not compile. */
import { availableParallelism } from 'node:os'
import type { Policy } from '../access/model.js'
import type { Listener } from '../routes/model.js'
import { challengeOf } from './challenge.js'
import { isEmbedded } from './fill-in.js'
import type { Options } from './options/parse-options.js'
import { defaultLimits, type LogFormat, type Settings } from './settings.js'

/** Pure but for the number of cores. @param fallbackFormat the log format where none was named */
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
  everyRowIsRead(others)
  const policy = policyOf(options)
  const redis = loginLimitsRedis.value
  return {
    listeners,
    storage,
    workers: workers.value === 'auto' ? availableParallelism() : workers.value,
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

/** Rows that name a file (load.ts), become listeners (fill-in.ts, one-route.ts), a policy (below) or a challenge (challenge.ts). */
type ReadElsewhere =
  | ('config' | 'nginxConf')
  | ('listen' | 'htpasswd' | 'cert' | 'key' | 'certs')
  | ('access' | 'groups')
  | 'token'

/** Takes no other rows than these: a row that nothing reads would be a setting without effect. */
function everyRowIsRead<Others extends object>(
  _: Others & { readonly [Name in Exclude<keyof Others, ReadElsewhere>]: 'is read by nothing' },
): void {}

/** null where there are no rules. */
export function policyOf({ access, groups }: Pick<Options, 'access' | 'groups'>): Policy | null {
  return access.value === null ? null : { rules: access.value, groups: groups.value }
}
