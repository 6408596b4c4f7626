/** Judges a draft: every value that is wrong is named at once, with its place and the next step. */
import type { Problem } from '../errors/problem.js'
import { isNetwork } from '../http/client-address.js'
import type { Draft, Given } from './draft.js'
import {
  type ConnectionSettings,
  defaultLimits,
  type LogFormat,
  type LogLevel,
  logFormats,
  logLevels,
} from './settings.js'

export interface Address {
  readonly host: string
  readonly port: number
  readonly where: string
}

/** What a valid draft says; what it leaves open is still open (null). */
export interface Choices {
  readonly listen: Address
  readonly backend: Given | 'embedded'
  readonly htpasswd: Given | null
  readonly pair: { readonly cert: Given; readonly key: Given } | null
  readonly certs: Given
  readonly hosts: readonly Given[]
  readonly data: Given
  readonly trustedProxies: readonly string[]
  readonly proxyProtocol: readonly string[]
  /** Milliseconds. */
  readonly drainMs: number
  readonly workers: number | 'auto'
  readonly connections: ConnectionSettings | null
  readonly metrics: Address | null
  readonly logLevel: LogLevel
  readonly logFormat: LogFormat | null
}

export function validate(draft: Draft): { readonly choices: Choices; readonly problems: readonly Problem[] } {
  const problems = emptyValues(Object.values(draft).flat())
  const listen = draft.listen ?? { value: '0.0.0.0:5000', where: 'the default address' }
  const address = parseListen(listen)
  if (address === null && listen.value !== '') {
    const tooHigh = /^(?:.*:)?(\d{5,})$/.exec(listen.value)?.[1]
    problems.push({
      where: listen.where,
      message: tooHigh === undefined ? `"${listen.value}" is no address to listen on` : `there is no port ${tooHigh}`,
      hint:
        tooHigh === undefined
          ? 'write PORT or HOST:PORT, for example 5000, 127.0.0.1:5000 or [::]:5000'
          : 'the highest one is 65535, and 0 takes a free one',
    })
  }
  const backend =
    draft.backend === undefined || draft.backend.value.toLowerCase() === 'embedded' ? 'embedded' : draft.backend
  if (backend !== 'embedded' && backend.value !== '') problems.push(...backendProblems(backend))
  const { cert, key } = draft
  if (cert !== undefined && key === undefined)
    problems.push({ where: cert.where, message: 'a certificate needs its key', hint: 'name it with --key FILE' })
  if (key !== undefined && cert === undefined)
    problems.push({ where: key.where, message: 'a key needs its certificate', hint: 'name it with --cert FILE' })
  for (const { value, where } of [...(draft.trustedProxies ?? []), ...(draft.proxyProtocol ?? [])]) {
    if (!isNetwork(value))
      problems.push({
        where,
        message: `"${value}" is no address or network`,
        hint: 'write 10.0.0.5 or 10.0.0.0/8',
      })
  }
  return {
    problems,
    choices: {
      listen: address ?? { host: '0.0.0.0', port: 5000, where: listen.where },
      backend,
      htpasswd: draft.htpasswd ?? null,
      pair: cert !== undefined && key !== undefined ? { cert, key } : null,
      certs: draft.certs ?? { value: 'certs', where: 'certs' },
      hosts: draft.hosts ?? [],
      data: draft.data ?? { value: 'data', where: 'data' },
      trustedProxies: (draft.trustedProxies ?? []).map(proxy => proxy.value),
      proxyProtocol: (draft.proxyProtocol ?? []).map(balancer => balancer.value),
      drainMs: parseDrain(draft.drain, problems),
      workers: parseWorkers(draft.workers, problems),
      connections: parseMaxConnections(draft.maxConnections, problems),
      metrics: parseMetrics(draft.metrics, problems),
      logLevel: oneOf(draft.logLevel, logLevels, problems) ?? 'info',
      logFormat: oneOf(draft.logFormat, logFormats, problems),
    },
  }
}

function parseWorkers(given: Given | undefined, problems: Problem[]): number | 'auto' {
  if (given === undefined || given.value === 'auto') return 'auto'
  if (/^[1-9]\d{0,2}$/.test(given.value)) return Number(given.value)
  problems.push({
    where: given.where,
    message: `"${given.value}" is no number of workers`,
    hint: 'write a number from 1 to 999, or auto for one per core',
  })
  return 'auto'
}

const mostConnections = 1_000_000

function parseMaxConnections(given: Given | undefined, problems: Problem[]): ConnectionSettings | null {
  if (given === undefined) return null
  const max = /^\d{1,7}$/.test(given.value) ? Number(given.value) : 0
  if (max > 0 && max <= mostConnections) return { max, where: given.where }
  problems.push({
    where: given.where,
    message: `"${given.value}" is no number of connections`,
    hint: `write a number from 1 to ${mostConnections}; by default nine tenths of the limit of file descriptors`,
  })
  return null
}

/** The numbers tell who works on what, so nobody is to open them to the world by leaving the host out. */
function parseMetrics(given: Given | undefined, problems: Problem[]): Address | null {
  if (given === undefined) return null
  const address = given.value.includes(':') ? parseListen(given) : null
  if (address === null && given.value !== '') {
    problems.push({
      where: given.where,
      message: `"${given.value}" is no address for metrics`,
      hint: 'write HOST:PORT, for example 127.0.0.1:9100, or 0.0.0.0:9100 for all addresses',
    })
  }
  return address
}

/** Beyond a day a timer of Node's would still hold, but nobody means it. */
const longestDrain = 86_400

function parseDrain(given: Given | undefined, problems: Problem[]): number {
  if (given === undefined) return defaultLimits.drainMs
  const seconds = Number(given.value)
  if (seconds >= 0 && seconds <= longestDrain) return seconds * 1_000
  problems.push({
    where: given.where,
    message: `"${given.value}" is no time that transfers may get to end`,
    hint: `write seconds from 0 to ${longestDrain}; the default is ${defaultLimits.drainMs / 1_000}`,
  })
  return defaultLimits.drainMs
}

/** `5000`, `127.0.0.1:5000`, `[::1]:5000`, `localhost:0`. */
export function parseListen({ value, where }: Given): Address | null {
  const match = /^(?:(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+):)?(\d{1,5})$/.exec(value)
  if (match === null) return null
  const port = Number(match[2])
  if (port > 65_535) return null
  return { host: (match[1] ?? '0.0.0.0').replace(/^\[|\]$/g, ''), port, where }
}

/** `--cert "$CERT"` says nothing where the shell does not know CERT, and was meant to say something. */
export function emptyValues(said: readonly Given[]): Problem[] {
  return said
    .filter(({ value }) => value === '')
    .map(({ where }) => ({
      where,
      message: 'the value is empty',
      hint: 'is a variable of the shell not set? without the flag, the default holds',
    }))
}

function backendProblems({ value, where }: Given): Problem[] {
  const url = URL.canParse(value) ? new URL(value) : null
  const http = /^https?:\/\//i.test(value)
  if (url === null || !http) {
    const bare = /^[\w.-]+(?::\d+|\.[a-z]+)$/i.test(value)
    const hint = bare
      ? `write http://${value}`
      : 'write http://HOST:PORT, for example http://registry-backend:5000, or embedded'
    return [{ where, message: `"${redacted(value)}" is no address of a registry`, hint }]
  }
  const problems: Problem[] = []
  const hint = `write ${url.origin}`
  if (url.username !== '' || url.password !== '')
    problems.push({ where, message: 'the address of a backend holds no user name and no password', hint })
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '') {
    const message = 'the address of a backend ends behind the port: the registry API always begins at /v2/'
    problems.push({ where, message, hint })
  }
  return problems
}

/** An address with a password in it may stand where it was mistyped. */
const redacted = (value: string) => value.replace(/^([a-z][a-z0-9+.-]*:\/\/)?.*@/is, '$1***@')

function oneOf<T extends string>(given: Given | undefined, allowed: readonly T[], problems: Problem[]): T | null {
  if (given === undefined) return null
  const found = allowed.find(value => value === given.value)
  if (found === undefined && given.value !== '')
    problems.push({
      where: given.where,
      message: `"${given.value}" is not known`,
      hint: `choose one of: ${allowed.join(', ')}`,
    })
  return found ?? null
}
