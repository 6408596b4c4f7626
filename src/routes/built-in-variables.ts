/** nginx's built-in variables, as far as the gate supports them; nginx's documentation describes each one. */
import { parseBasicCredentials } from '../http/authorization-header.js'
import { toBytes } from './bytes.js'
import type { CompiledServer } from './compile.js'
import type { RequestView } from './model.js'
import { hostName } from './names.js'
import type { RequestState } from './request-state.js'

/** The inputs of a variable. */
export interface VariableSource {
  readonly server: CompiledServer
  readonly view: RequestView
  readonly state: RequestState
  readonly environment: Environment
  /** Milliseconds since 1970. */
  readonly startedAt: number
  /** Returns '' for a variable without a value. */
  get(name: string): string
  /** Computes a value once and keeps it for the rest of the request. */
  once(name: string, compute: () => string): string
}

/** The inputs of variables other than the request. */
export interface Environment {
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** 32 hexadecimal digits. */
  readonly requestId: () => string
  readonly hostname: string
  readonly pid: number
}

type Compute = (variables: VariableSource) => string

export const builtIns: ReadonlyMap<string, Compute> = new Map<string, Compute>([
  ['args', ({ state }) => state.args],
  ['query_string', ({ state }) => state.args],
  ['is_args', ({ state }) => (state.args === '' ? '' : '?')],
  ['uri', ({ state }) => state.uri],
  ['document_uri', ({ state }) => state.uri],
  ['request_uri', ({ view }) => view.target],
  ['request_method', ({ state }) => state.method],
  ['request', ({ view }) => `${view.method} ${view.target} HTTP/${view.httpVersion}`],
  ['server_protocol', ({ view }) => `HTTP/${view.httpVersion}`],
  ['scheme', ({ view }) => view.scheme],
  ['https', ({ view }) => (view.scheme === 'https' ? 'on' : '')],
  ['ssl_protocol', ({ view }) => view.tlsProtocol],
  ['host', variables => hostName(variables.view.headers.host ?? '') || variables.get('server_name')],
  ['http_host', ({ view }) => view.headers.host ?? ''],
  ['server_name', ({ server }) => toBytes(server.settings.primaryName)],
  ['server_addr', ({ view }) => view.serverAddress],
  ['server_port', ({ view }) => String(view.serverPort)],
  ['remote_addr', ({ view }) => view.remoteAddress],
  ['remote_port', ({ view }) => String(view.remotePort)],
  // As in nginx, the name is available before its password is checked.
  ['remote_user', ({ view }) => toBytes(parseBasicCredentials(view.headers.authorization)?.name ?? '')],
  ['content_length', ({ view }) => view.headers['content-length'] ?? ''],
  ['content_type', ({ view }) => view.headers['content-type'] ?? ''],
  ['proxy_host', ({ state }) => state.proxyHost],
  ['proxy_port', ({ state }) => state.proxyPort],
  ['proxy_add_x_forwarded_for', forwardedFor],
  ['status', ({ state }) => String(state.answer?.status ?? 0).padStart(3, '0')],
  [
    'upstream_status',
    ({ state }) => (state.answer === null || state.answer.headers.length === 0 ? '' : String(state.answer.status)),
  ],
  // Headers are computed before a body is sent.
  ['body_bytes_sent', () => '0'],
  ['request_time', ({ environment, startedAt }) => seconds(environment.now() - startedAt)],
  ['msec', ({ environment }) => seconds(environment.now())],
  ['time_iso8601', ({ environment }) => isoTime(new Date(environment.now()))],
  ['time_local', ({ environment }) => logTime(new Date(environment.now()))],
  ['request_id', variables => variables.once('request_id', variables.environment.requestId)],
  ['hostname', ({ environment }) => environment.hostname],
  ['pid', ({ environment }) => String(environment.pid)],
])

function forwardedFor({ view }: VariableSource): string {
  const before = view.headers['x-forwarded-for']
  const chain = typeof before === 'string' ? before : (before?.join(', ') ?? '')
  return chain === '' ? view.remoteAddress : `${chain}, ${view.remoteAddress}`
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3)
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const

/** `2026-11-21T05:54:00+01:00` */
function isoTime(date: Date): string {
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}T${clock(date)}${zone(date, ':')}`
}

/** `21/Nov/2026:05:54:00 +0100` */
function logTime(date: Date): string {
  return `${two(date.getDate())}/${months[date.getMonth()]}/${date.getFullYear()}:${clock(date)} ${zone(date, '')}`
}

function clock(date: Date): string {
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
}

function zone(date: Date, separator: string): string {
  const minutes = -date.getTimezoneOffset()
  const amount = Math.abs(minutes)
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(amount / 60))}${separator}${two(amount % 60)}`
}

function two(value: number): string {
  return String(value).padStart(2, '0')
}
