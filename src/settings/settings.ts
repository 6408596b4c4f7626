/** The settings that everything else is built from: plain data, complete, valid and immutable. */
import type { ImmutableTags, Policy } from '../access/model.js'
import { defaultRules, type LimitRules } from '../login-limits/limits.js'
import type { Listener } from '../routes/model.js'

export interface Settings {
  readonly listeners: readonly Listener[]
  /** Number of serving processes, besides the primary. */
  readonly workers: number
  /** How many connections may be open in all workers together; null: as many as file descriptors allow. */
  readonly connections: ConnectionSettings | null
  /** Folder of the embedded registry; null if no route uses it. */
  readonly storage: string | null
  /** The challenge for clients. The gate always accepts both a password and its own tokens. */
  readonly challenge: Challenge
  /** The gate's own login at its backend; null if it has none. */
  readonly backendLogin: BackendLoginSettings | null
  readonly token: TokenSettings
  /** The gate keeps keys and other state in the subfolder `portcullis`, which it creates on first use. */
  readonly dataFolder: string
  /** Limits for checks of wrong passwords; null: no limits. */
  readonly loginLimits: LoginLimitSettings | null
  /** Additional host names of the gate, besides those of certificates and servers. */
  readonly hosts: readonly string[]
  /** The access rules; null: every admitted user may do everything, as with nginx. */
  readonly access: Policy | null
  /** Tags that no user may move or delete, whatever `access` says. */
  readonly immutable: readonly ImmutableTags[]
  /** Addresses and networks whose X-Forwarded-For is trusted. */
  readonly trustedProxies: readonly string[]
  /** Addresses and networks of balancers. Their connections must begin with a PROXY header; all others must not. */
  readonly proxyProtocol: readonly string[]
  /** The address for Prometheus; null: no metrics. */
  readonly metrics: ListenAddress | null
  readonly log: { readonly level: LogLevel; readonly format: 'json' | 'pretty' }
  readonly limits: Limits
}

/** The challenge for clients: a password with every request, or a token of the gate's own token service. */
export type Challenge = 'basic' | 'token'

export interface ConnectionSettings {
  readonly max: number
  /** `--max-connections`, `portcullis.yaml:7` */
  readonly where: string
}

export interface LoginLimitSettings extends LimitRules {
  /** The Redis in which several gates count together; null: each gate counts by itself. */
  readonly redis: RedisSettings | null
}

export interface RedisSettings {
  /** `redis://host:6379/0`, `rediss://...`; without a password. */
  readonly url: string
  readonly passwordFile: string | null
  /** The place of `url` and `passwordFile`: `portcullis.yaml:7`. */
  readonly where: string
}

export const defaultLoginLimits: LoginLimitSettings = { ...defaultRules, redis: null }

/** The gate's own credentials. */
export type Credentials =
  | { readonly kind: 'password'; readonly username: string; readonly passwordFile: string }
  | { readonly kind: 'anonymous' }

export interface BackendLoginSettings {
  /** `http://host:port`, `https://host:port` */
  readonly backend: string
  readonly credentials: Credentials
  /** `portcullis.yaml:4` */
  readonly where: string
}

export interface TokenSettings {
  /** Whether clients can get a long-lived token to store in place of the password. */
  readonly identity: boolean
  /** Lifetime of an access token in milliseconds. */
  readonly lifetimeMs: number
  /** The audience of tokens: `service` of the challenge, `aud` of the token. */
  readonly service: string
  /** The issuer of tokens: `iss` of the token. */
  readonly issuer: string
}

export const defaultToken: TokenSettings = {
  identity: false,
  lifetimeMs: 300_000,
  service: 'portcullis',
  issuer: 'portcullis',
}

/** An address to listen on. */
export interface ListenAddress {
  readonly host: string
  readonly port: number
  /** `--metrics`, `PORTCULLIS_METRICS`, `portcullis.yaml:3`. */
  readonly where: string
}

export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

export const logFormats = ['json', 'pretty'] as const
export type LogFormat = (typeof logFormats)[number]

/** Times in milliseconds. */
export interface Limits {
  /** Timeout for a complete request header, and for a silent connection. */
  readonly headerMs: number
  /** Timeout for a kept connection without a request. */
  readonly keepAliveMs: number
  /** Timeout for a transfer without progress. */
  readonly idleMs: number
  /** Time for running transfers to end after SIGTERM. */
  readonly drainMs: number
}

export const defaultLimits: Limits = { headerMs: 30_000, keepAliveMs: 75_000, idleMs: 900_000, drainMs: 600_000 }
