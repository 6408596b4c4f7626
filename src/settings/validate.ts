/** Judges a draft: every value that is wrong is named at once, with its place and the next step. */
import type { Problem } from '../errors/problem.js'
import { isNetwork } from '../http/client-address.js'
import type { Draft, Given } from './draft.js'
import { type LogFormat, type LogLevel, logFormats, logLevels } from './settings.js'

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
  readonly certs: string
  readonly hosts: readonly string[]
  readonly data: string
  readonly trustedProxies: readonly string[]
  readonly workers: number | 'auto'
  readonly logLevel: LogLevel
  readonly logFormat: LogFormat | null
}

export function validate(draft: Draft): { readonly choices: Choices; readonly problems: readonly Problem[] } {
  const problems: Problem[] = []
  const listen = draft.listen ?? { value: '0.0.0.0:5000', where: 'the default address' }
  const address = parseListen(listen)
  if (address === null) {
    problems.push({
      where: listen.where,
      message: `"${listen.value}" is no address to listen on`,
      hint: 'write PORT or HOST:PORT, for example 5000, 127.0.0.1:5000 or [::]:5000',
    })
  }
  const backend = draft.backend === undefined || draft.backend.value === 'embedded' ? 'embedded' : draft.backend
  if (backend !== 'embedded') problems.push(...backendProblems(backend))
  const { cert, key } = draft
  if (cert !== undefined && key === undefined)
    problems.push({ where: cert.where, message: 'a certificate needs its key', hint: 'name it with --key FILE' })
  if (key !== undefined && cert === undefined)
    problems.push({ where: key.where, message: 'a key needs its certificate', hint: 'name it with --cert FILE' })
  for (const proxy of draft.trustedProxies ?? []) {
    if (!isNetwork(proxy.value))
      problems.push({
        where: proxy.where,
        message: `"${proxy.value}" is no address or network`,
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
      certs: draft.certs?.value ?? 'certs',
      hosts: (draft.hosts ?? []).map(host => host.value),
      data: draft.data?.value ?? 'data',
      trustedProxies: (draft.trustedProxies ?? []).map(proxy => proxy.value),
      workers: parseWorkers(draft.workers, problems),
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

/** `5000`, `127.0.0.1:5000`, `[::1]:5000`, `localhost:0`. */
export function parseListen({ value, where }: Given): Address | null {
  const match = /^(?:(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+):)?(\d{1,5})$/.exec(value)
  if (match === null) return null
  const port = Number(match[2])
  if (port > 65_535) return null
  return { host: (match[1] ?? '0.0.0.0').replace(/^\[|\]$/g, ''), port, where }
}

function backendProblems({ value, where }: Given): Problem[] {
  const hint = 'write http://HOST:PORT, for example http://registry-backend:5000, or embedded'
  const url = URL.canParse(value) ? new URL(value) : null
  if (url === null || !/^https?:\/\//i.test(value))
    return [{ where, message: `"${redacted(value)}" is no address of a registry`, hint }]
  const problems: Problem[] = []
  if (url.username !== '' || url.password !== '')
    problems.push({ where, message: 'a backend address must not hold a user name or a password', hint })
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '') {
    problems.push({
      where,
      message: 'a backend address ends behind the port: the registry API always begins at /v2/',
      hint,
    })
  }
  return problems
}

/** An address with a password in it may stand where it was mistyped. */
const redacted = (value: string) => value.replace(/\/\/[^/@]*@/, '//***@')

function oneOf<T extends string>(given: Given | undefined, allowed: readonly T[], problems: Problem[]): T | null {
  if (given === undefined) return null
  const found = allowed.find(value => value === given.value)
  if (found === undefined)
    problems.push({
      where: given.where,
      message: `"${given.value}" is not known`,
      hint: `choose one of: ${allowed.join(', ')}`,
    })
  return found ?? null
}
