/**
 * The compiled form of a configuration: listeners, servers and locations as plain data, whatever file they came from.
 * An nginx.conf compiles to many of these, portcullis.yaml to one of each; requests see no difference.
 */
import type { IncomingHttpHeaders } from 'node:http'

/**
 * Text with variables, in order: `"https://$host/"` is `['https://', { variable: 'host' }, '/']`. Names are in lower case;
 * captures are variables `1` to `9`.
 */
export type Template = readonly TemplatePart[]
export type TemplatePart = string | { readonly variable: string }

export interface HeaderTemplate {
  readonly name: string
  readonly value: Template
}

/** One address that accepts connections. */
export interface Listener {
  /** An address or a name; `::` takes IPv6 only, as nginx does; `unix:/path` is a socket, whose port is 0. */
  readonly host: string
  readonly port: number
  readonly tls: boolean
  /** Where it is configured, for messages: `nginx.conf:3`, `--listen`. */
  readonly where: string
  /** The first one also takes requests for names that no server has. */
  readonly servers: readonly VirtualServer[]
}

export type ServerName =
  | { readonly kind: 'exact'; readonly name: string }
  /** `*.example.com` (leading) and `www.example.*` (trailing); the text without the star, with its dot. */
  | { readonly kind: 'leading-wildcard' | 'trailing-wildcard'; readonly name: string }
  | { readonly kind: 'regex'; readonly pattern: RegexSource }

export interface RegexSource {
  readonly source: string
  readonly ignoreCase: boolean
}

export interface CertificateFiles {
  readonly cert: string
  readonly key: string
  /** Where it is configured: `nginx.conf:7`, `--cert`. */
  readonly where: string
}

export interface TlsSettings {
  readonly certificates: readonly CertificateFiles[]
  /** An OpenSSL cipher list; null for the program's own default. */
  readonly ciphers: string | null
  readonly minVersion: 'TLSv1.2' | 'TLSv1.3'
  readonly preferServerCiphers: boolean
}

export interface VirtualServer {
  readonly names: readonly ServerName[]
  /** nginx's `$server_name`: the first configured name, '' without one. */
  readonly primaryName: string
  readonly tls: TlsSettings | null
  /** Steps of the server block itself; they run before a location is looked for. */
  readonly steps: readonly Step[]
  /** What holds where no location matches. */
  readonly route: Route
  readonly locations: readonly Location[]
  readonly maps: readonly VariableMap[]
  /** Names that a backend may have in `Content.backend` instead of a host. */
  readonly upstreams: readonly Upstream[]
}

/** nginx's `upstream`: a name for one or several servers, which take turns. */
export interface Upstream {
  readonly name: string
  readonly servers: readonly {
    /** `registry:5000`, `[::1]:5000`: always with its port. */
    readonly address: string
    readonly weight: number
    /** `backup` is asked when no other server answers, `down` never. */
    readonly role: 'active' | 'backup' | 'down'
  }[]
}

export interface VariableMap {
  readonly variable: string
  /** true: computed at every use instead of once per request. */
  readonly volatile: boolean
  readonly source: Template
  /** Exact keys, compared without regard to case. */
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

/** The rewrite phase: `set`, `if`, `rewrite`, `return`, `break` in the order in which they stand. */
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
      /** What holds instead of the enclosing route once the condition was true; null for an `if` of the server block. */
      readonly route: Route | null
    }

export type Condition =
  | { readonly kind: 'set'; readonly variable: string }
  | { readonly kind: 'equals'; readonly variable: string; readonly value: Template; readonly negated: boolean }
  | { readonly kind: 'matches'; readonly variable: string; readonly pattern: RegexSource; readonly negated: boolean }

/** Everything that holds for a request once its location is known. */
export interface Route {
  /** The location's place in its file, for messages and the log: `nginx.conf:14`. */
  readonly where: string
  /** null: nobody is asked for a password here. */
  readonly authentication: {
    /** What comes out as `off` asks nobody (see askedRealm). */
    readonly realm: Template
    readonly usersFile: string
    /** Where the file is named: `nginx.conf:17`, `--htpasswd`. */
    readonly where: string
    /** Whether rules may let somebody in without a login; nginx's own refusals stand. */
    readonly rulesMayOpen: boolean
  } | null
  readonly content: Content
  /** null: no limit. */
  readonly maxBodyBytes: number | null
  /** `proxy_set_header`: an empty value means that the header is not sent. */
  readonly backendHeaders: readonly HeaderTemplate[]
  /** Who decides X-Forwarded-*, X-Real-IP and Forwarded: the gate, or the configuration alone as in nginx. */
  readonly forwardedHeaders: 'set-by-gate' | 'as-configured'
  /** `add_header`. */
  readonly responseHeaders: readonly (HeaderTemplate & { readonly always: boolean })[]
  readonly errorPages: readonly ErrorPage[]
  readonly accessLog: boolean
  /** Milliseconds without progress while waiting for the backend (read) and while sending to it (send). */
  readonly idleMs: { readonly read: number; readonly send: number }
}

export type Content =
  | {
      readonly kind: 'forward'
      /** Where it is configured: `nginx.conf:16`, `--backend`. */
      readonly where: string
      /**
       * `http://registry:5000` or, with an upstream's name, `http://registry`; no path. Where it holds variables its value may
       * have a path, which is then sent as it is, without the query.
       */
      readonly backend: Template
      /** null: the path goes as it came, unless it was rewritten. Otherwise it replaces what the location matched. */
      readonly path: { readonly replacement: Template; readonly matchedPrefix: string } | null
      /** Whether the certificate of an https backend must be valid; nginx does not look unless told (proxy_ssl_verify). */
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
  /** `=200` gives the status, `=` takes that of the page; null keeps the original one. */
  readonly answer: number | 'of-page' | null
  /** A path, a named location (`@name`) or a URL. */
  readonly target: Template
}

/** What the routes need to know of a request; made once per request by the gateway. */
export interface RequestView {
  readonly method: string
  /** The request-target as it came: path and query. */
  readonly target: string
  readonly httpVersion: string
  readonly scheme: 'http' | 'https'
  /** Lower-case name to value, several joined as Node does. */
  readonly headers: Readonly<IncomingHttpHeaders>
  readonly remoteAddress: string
  readonly remotePort: number
  readonly serverAddress: string
  readonly serverPort: number
  readonly tlsProtocol: string
}
