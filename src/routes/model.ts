/**
 * The compiled configuration as plain data: listeners, servers and locations, independent of the source file. An
 * nginx.conf compiles to many of these, portcullis.yaml to one of each. Requests see no difference. (decision R1)
 */
import type { IncomingHttpHeaders } from 'node:http'

/**
 * A text with variables, in order: `"https://$host/"` is `['https://', { variable: 'host' }, '/']`. Names are in lower
 * case; captures are the variables `1` to `9`.
 */
export type Template = readonly TemplatePart[]
export type TemplatePart = string | { readonly variable: string }

export interface HeaderTemplate {
  readonly name: string
  readonly value: Template
}

/** One address that accepts connections. */
export interface Listener {
  /** An address or a name. `::` accepts IPv6 only, as in nginx. `unix:/path` is a socket, with port 0. */
  readonly host: string
  readonly port: number
  readonly tls: boolean
  /** The place in the configuration, for messages: `nginx.conf:3`, `--listen`. */
  readonly where: string
  /** The first server also takes requests for unknown names. */
  readonly servers: readonly VirtualServer[]
}

export type ServerName =
  | { readonly kind: 'exact'; readonly name: string }
  /** `*.example.com` (leading) and `www.example.*` (trailing); the text without the star, but with its dot. */
  | { readonly kind: 'leading-wildcard' | 'trailing-wildcard'; readonly name: string }
  | { readonly kind: 'regex'; readonly pattern: RegexSource }

export interface RegexSource {
  readonly source: string
  readonly ignoreCase: boolean
}

export interface CertificateFiles {
  readonly cert: string
  readonly key: string
  /** The place in the configuration: `nginx.conf:7`, `--cert`. */
  readonly where: string
}

export interface TlsSettings {
  readonly certificates: readonly CertificateFiles[]
  /** An OpenSSL cipher list; null for the default. */
  readonly ciphers: string | null
  readonly minVersion: 'TLSv1.2' | 'TLSv1.3'
  readonly preferServerCiphers: boolean
}

export interface VirtualServer {
  readonly names: readonly ServerName[]
  /** nginx's `$server_name`: the first configured name, '' without one. */
  readonly primaryName: string
  readonly tls: TlsSettings | null
  /** The steps of the server block itself. They run before the search for a location. */
  readonly steps: readonly Step[]
  /** The route that applies if no location matches. */
  readonly route: Route
  readonly locations: readonly Location[]
  readonly maps: readonly VariableMap[]
  /** Names that `Content.backend` may use in place of a host. */
  readonly upstreams: readonly Upstream[]
}

/** nginx's `upstream`: a name for one or more servers, which are used by turns. */
export interface Upstream {
  readonly name: string
  readonly servers: readonly {
    /** Always with a port: `registry:5000`, `[::1]:5000`. */
    readonly address: string
    readonly weight: number
    /** `backup` is used if no other server responds, `down` never. */
    readonly role: 'active' | 'backup' | 'down'
  }[]
}

export interface VariableMap {
  readonly variable: string
  /** true: computed at every use instead of once per request. */
  readonly volatile: boolean
  readonly source: Template
  /** Exact keys, compared case-insensitively. */
  readonly exact: readonly { readonly key: string; readonly value: Template }[]
  readonly hostnames: readonly { readonly name: ServerName; readonly value: Template }[]
  readonly patterns: readonly { readonly pattern: RegexSource; readonly value: Template }[]
  readonly fallback: Template
}

export interface Location {
  readonly match:
    | { readonly kind: 'exact' | 'prefix' | 'final-prefix' | 'named'; readonly path: string }
    | { readonly kind: 'regex'; readonly pattern: RegexSource }
  readonly steps: readonly Step[]
  readonly route: Route
  readonly locations: readonly Location[]
}

/** A step of the rewrite phase: `set`, `if`, `rewrite`, `return` or `break`. Steps run in the order of the file. */
export type Step =
  | { readonly kind: 'set'; readonly variable: string; readonly value: Template }
  | { readonly kind: 'return'; readonly status: number; readonly text: Template | null }
  | {
      readonly kind: 'rewrite'
      readonly pattern: RegexSource
      readonly replacement: Template
      readonly flag: 'none' | 'last' | 'break' | 'redirect' | 'permanent'
    }
  | { readonly kind: 'break' }
  | {
      readonly kind: 'if'
      readonly condition: Condition
      readonly steps: readonly Step[]
      /** The route that replaces the enclosing one if the condition is true; null for an `if` of the server block. */
      readonly route: Route | null
    }

export type Condition =
  | { readonly kind: 'set'; readonly variable: string }
  | { readonly kind: 'equals'; readonly variable: string; readonly value: Template; readonly negated: boolean }
  | { readonly kind: 'matches'; readonly variable: string; readonly pattern: RegexSource; readonly negated: boolean }

/** Everything that applies to a request once its location is known. */
export interface Route {
  /** The location's place in its file, for messages and the log: `nginx.conf:14`. */
  readonly where: string
  /** null: the route asks for no password. */
  readonly authentication: {
    /** A realm that evaluates to `off` asks for no password (see askedRealm). */
    readonly realm: Template
    readonly usersFile: string
    /** The place that names the file: `nginx.conf:17`, `--htpasswd`. */
    readonly where: string
    /** Whether access rules may admit clients without a login. nginx's own denials still apply. */
    readonly rulesMayOpen: boolean
  } | null
  readonly content: Content
  /** null: no limit. */
  readonly maxBodyBytes: number | null
  /** `proxy_set_header`: an empty value means that the header is not sent. */
  readonly backendHeaders: readonly HeaderTemplate[]
  /** Who sets X-Forwarded-*, X-Real-IP and Forwarded: the gate, or only the configuration as in nginx. */
  readonly forwardedHeaders: 'set-by-gate' | 'as-configured'
  /** `add_header`. */
  readonly responseHeaders: readonly (HeaderTemplate & { readonly always: boolean })[]
  readonly errorPages: readonly ErrorPage[]
  readonly accessLog: boolean
  /** Timeouts in milliseconds without progress: while waiting for the backend (read) and while sending to it (send). */
  readonly idleMs: { readonly read: number; readonly send: number }
}

export type Content =
  | {
      readonly kind: 'forward'
      /** The place in the configuration: `nginx.conf:16`, `--backend`. */
      readonly where: string
      /**
       * `http://registry:5000` or, with an upstream's name, `http://registry`; no path. If it has variables, its value
       * may have a path, which is then sent unchanged and without the query.
       */
      readonly backend: Template
      /**
       * null: the path is forwarded unchanged, unless it was rewritten. Otherwise the replacement replaces the part
       * that the location matched.
       */
      readonly path: { readonly replacement: Template; readonly matchedPrefix: string } | null
      /**
       * Whether the certificate of an https backend must be valid. nginx checks it only if configured
       * (proxy_ssl_verify).
       */
      readonly verify: boolean
    }
  | { readonly kind: 'embedded-registry' }
  /** The page for people who open the registry in a browser. */
  | { readonly kind: 'welcome-page' }
  /** The certificate that clients must trust, as a download. */
  | { readonly kind: 'trust-certificate' }
  | { readonly kind: 'files'; readonly root: string; readonly index: readonly string[] }
  | { readonly kind: 'nothing' }

export interface ErrorPage {
  readonly statuses: readonly number[]
  /** `=200` sets the status, `=` takes the status of the page; null keeps the original status. */
  readonly answer: number | 'of-page' | null
  /** A path, a named location (`@name`) or a URL. */
  readonly target: Template
}

/** The part of a request that routing needs; the gateway creates it once per request. */
export interface RequestView {
  readonly method: string
  /** The request-target as received: path and query. */
  readonly target: string
  readonly httpVersion: string
  readonly scheme: 'http' | 'https'
  /** Maps lower-case names to values; repeated headers are joined as Node does. */
  readonly headers: Readonly<IncomingHttpHeaders>
  readonly remoteAddress: string
  readonly remotePort: number
  readonly serverAddress: string
  readonly serverPort: number
  readonly tlsProtocol: string
}
