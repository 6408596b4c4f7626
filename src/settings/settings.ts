/** The one object that everything else is built from: plain data, complete and valid, never read from again. */
import type { ImmutableTags, Policy } from '../access/model.js'
import { defaultRules, type LimitRules } from '../login-limits/limits.js'
import type { Listener } from '../routes/model.js'

export interface Settings {
  readonly listeners: readonly Listener[]
  /** Processes that serve, beside the one that watches over them. */
  readonly workers: number
  /** Folder of the embedded registry; null where no route uses it. */
  readonly storage: string | null
  /** What clients are asked for; a password and a token of this gate are taken in any case. */
  readonly challenge: Challenge
  /** How the gate itself logs in at its backend; null where it does not. */
  readonly backendLogin: BackendLoginSettings | null
  readonly token: TokenSettings
  /** Keys and what else the gate keeps stand in its folder `portcullis`, which is made only when something is to be kept. */
  readonly dataFolder: string
  /** How many wrong passwords are checked; null: all of them. */
  readonly loginLimits: LoginLimitSettings | null
  /** Further names by which clients may know the gate, beside those of certificates and servers. */
  readonly hosts: readonly string[]
  /** Who may do what; null: everybody who gets in may do everything, as with nginx. */
  readonly access: Policy | null
  /** Tags that nobody moves or deletes, whatever `access` says. */
  readonly immutable: readonly ImmutableTags[]
  /** Addresses and networks whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[]
  /** Addresses and networks of balancers, whose connections begin with a PROXY header; everybody else's do not. */
  readonly proxyProtocol: readonly string[]
  /** Where Prometheus may ask; null for nowhere. */
  readonly metrics: ListenAddress | null
  readonly log: { readonly level: LogLevel; readonly format: 'json' | 'pretty' }
  readonly limits: Limits
}

/** What clients are asked for: a password with every request, or a token of the gate's own token service. */
export type Challenge = 'basic' | 'token'

export interface LoginLimitSettings extends LimitRules {
  /** Where several gates count together; null: each for itself. */
  readonly redis: RedisSettings | null
}

export interface RedisSettings {
  /** `redis://host:6379/0`, `rediss://...`; without a password. */
  readonly url: string
  readonly passwordFile: string | null
  /** Of `url` and of `passwordFile`: `portcullis.yaml:7`. */
  readonly where: string
}

export const defaultLoginLimits: LoginLimitSettings = { ...defaultRules, redis: null }

/** How the gate shows who it is. */
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
  /** Whether clients that ask get a lasting token to keep instead of the password. */
  readonly identity: boolean
  /** Milliseconds for which an access token is good. */
  readonly lifetimeMs: number
  /** Whom tokens are for: `service` of the challenge, `aud` of the token. */
  readonly service: string
  /** Who issues them: `iss` of the token. */
  readonly issuer: string
}

export const defaultToken: TokenSettings = {
  identity: false,
  lifetimeMs: 300_000,
  service: 'portcullis',
  issuer: 'portcullis',
}

/** An address to open. */
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
  /** A client's request header must be complete, and a silent connection is closed, after this time. */
  readonly headerMs: number
  /** A kept connection without a request is closed after this time. */
  readonly keepAliveMs: number
  /** A transfer without progress is ended after this time. */
  readonly idleMs: number
  /** How long transfers under way may take to end after SIGTERM. */
  readonly drainMs: number
}

export const defaultLimits: Limits = { headerMs: 30_000, keepAliveMs: 75_000, idleMs: 900_000, drainMs: 600_000 }
