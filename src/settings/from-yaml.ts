/** portcullis.yaml to a draft: its shape is checked here, every mistake with its line; its values are judged by validate.ts. */
import { LineCounter, parseDocument } from 'yaml'
import { z } from 'zod'
import type { ImmutableTags, Policy } from '../access/model.js'
import type { Problem } from '../errors/problem.js'
import { nearest } from '../nginx-conf/nearest.js'
import { accessShape, policyFromYaml, ruleKeys } from './access-section.js'
import { backendLoginSection } from './backend-login-section.js'
import type { Draft, Given } from './draft.js'
import { immutableFromYaml, immutableSection } from './immutable-section.js'
import { loginLimitsKeys, loginLimitsSection } from './login-limits-section.js'
import {
  type BackendLoginSettings,
  defaultLoginLimits,
  type LoginLimitSettings,
  type TokenSettings,
} from './settings.js'
import { tokenKeys, tokenSection } from './token-section.js'
import { offsetOf, type PathStep } from './yaml-place.js'

const text = z.string({ error: 'must be a text' }).min(1, { error: 'must not be empty' })
const block = (example: string) => ({ error: `must be written as ${example}` })
const schema = z.strictObject({
  listen: z.union([text, z.number()], { error: 'must be PORT or HOST:PORT' }).transform(String).optional(),
  tls: z.strictObject({ cert: text, key: text }, block('{ cert: FILE, key: FILE }')).optional(),
  backend: text.optional(),
  backend_login: backendLoginSection.optional(),
  users: z.strictObject({ htpasswd: text }, block('{ htpasswd: FILE }')).optional(),
  connections: z
    .strictObject({ max: z.number({ error: 'must be a number' }).transform(String) }, block('{ max: NUMBER }'))
    .optional(),
  drain: z.number({ error: 'must be a number of seconds' }).transform(String).optional(),
  trusted_proxies: z.array(text, block('a list: [10.0.0.0/8]')).optional(),
  proxy_protocol: z.array(text, block('a list: [10.0.0.5]')).optional(),
  token: tokenSection.optional(),
  ...accessShape,
  immutable: immutableSection.optional(),
  login_limits: loginLimitsSection.optional(),
})

const known = Object.keys(schema.shape)
const knownWithin: ReadonlyMap<string, readonly string[]> = new Map([
  ['tls', ['cert', 'key']],
  ['connections', ['max']],
  ['users', ['htpasswd']],
  ['token', tokenKeys],
  ['access', ruleKeys],
  ['login_limits', loginLimitsKeys],
])

/** What people write on the first level, and what they are to do instead. */
const strangers: ReadonlyMap<string, string> = new Map([
  ['htpasswd', 'write users: { htpasswd: FILE }'],
  ['cert', 'write tls: { cert: FILE, key: FILE }'],
  ['key', 'write tls: { cert: FILE, key: FILE }'],
  ...['certs', 'host', 'data', 'log-level', 'log-format', 'metrics', 'nginx-conf'].flatMap(flag =>
    [flag, flag.replaceAll('-', '_')].map((key): [string, string] => [key, `say it with a flag: --${flag}`]),
  ),
])

export interface YamlSaid {
  /** What flags can say as well, and what an nginx.conf leaves no room for. */
  readonly draft: Draft
  /** null without rules. */
  readonly access: Policy | null
  readonly immutable: readonly ImmutableTags[]
  /** null without the section. */
  readonly token: TokenSettings | null
  /** null where they are off; the default ones without the section. */
  readonly loginLimits: LoginLimitSettings | null
  /** null without the section. */
  readonly backendLogin: Given<BackendLoginSettings['credentials']> | null
  readonly problems: readonly Problem[]
  /** Where all this stands; null where nothing does. */
  readonly file: string | null
}

/** Of a file that is not there or says nothing. */
export const nothingSaid: YamlSaid = {
  draft: {},
  access: null,
  immutable: [],
  token: null,
  loginLimits: defaultLoginLimits,
  backendLogin: null,
  problems: [],
  file: null,
}

/** @param file its path, for messages; problems name `file:line` */
export function draftFromYaml(source: string, file: string): YamlSaid {
  const lines = new LineCounter()
  const document = parseDocument(source, { lineCounter: lines, prettyErrors: false, uniqueKeys: true })
  const at = (offset: number | undefined) => `${file}:${lines.linePos(offset ?? 0).line}`
  if (document.errors.length > 0) {
    return {
      ...nothingSaid,
      problems: document.errors.map(error => ({ where: at(error.pos[0]), ...notYaml(error.code, error.message) })),
    }
  }
  const place = (path: readonly PathStep[]) => at(offsetOf(document.contents, path))
  let content: unknown
  try {
    content = document.toJS() ?? {}
  } catch (error) {
    // An alias without its anchor; nothing in the error says where.
    const message = `this is no valid YAML: ${error instanceof Error ? error.message : String(error)}`
    return {
      ...nothingSaid,
      problems: [{ where: file, message, hint: 'a text that begins with * stands within quotes' }],
    }
  }
  const parsed = schema.safeParse(content, { reportInput: true })
  const issues = parsed.error?.issues ?? []
  const described = issues.flatMap(issue => describe(issue, path => offsetOf(document.contents, path)))
  const problems = described
    .sort((a, b) => a.offset - b.offset)
    .map(({ offset, ...problem }) => ({ where: at(offset), ...problem }))
  const said = parsed.data ?? whatIsSound(content, issues)
  const { listen, tls, backend, users, connections, drain, token = null, backend_login: login } = said
  const { trusted_proxies: proxies, proxy_protocol: balancers } = said
  const limits = said.login_limits === undefined ? defaultLoginLimits : said.login_limits
  const given = (value: string, ...path: PathStep[]): Given => ({ value, where: place(path) })
  const access = policyFromYaml(content, (...path) => place(path))
  const { immutable, problems: wrongTags } = immutableFromYaml(said.immutable ?? [], index =>
    place(['immutable', index]),
  )
  return {
    problems: [...problems, ...access.problems, ...wrongTags],
    file: Object.keys(said).length > 0 ? file : null,
    access: access.policy,
    immutable,
    token,
    loginLimits:
      limits?.redis == null
        ? limits
        : { ...limits, redis: { ...limits.redis, where: place(['login_limits', 'redis']) } },
    backendLogin: login === undefined ? null : { value: login, where: place(['backend_login']) },
    draft: {
      ...(listen === undefined ? {} : { listen: given(listen, 'listen') }),
      ...(backend === undefined ? {} : { backend: given(backend, 'backend') }),
      ...(users === undefined ? {} : { htpasswd: given(users.htpasswd, 'users', 'htpasswd') }),
      ...(tls === undefined ? {} : { cert: given(tls.cert, 'tls', 'cert'), key: given(tls.key, 'tls', 'key') }),
      ...(connections === undefined ? {} : { maxConnections: given(connections.max, 'connections', 'max') }),
      ...(drain === undefined ? {} : { drain: given(drain, 'drain') }),
      ...(proxies === undefined
        ? {}
        : { trustedProxies: proxies.map((network, index) => given(network, 'trusted_proxies', index)) }),
      ...(balancers === undefined
        ? {}
        : { proxyProtocol: balancers.map((network, index) => given(network, 'proxy_protocol', index)) }),
    },
  }
}

/** The keys of the first level that no issue is about: their values may be wrong too, and are to be judged in the same run. */
function whatIsSound(content: unknown, issues: readonly z.core.$ZodIssue[]): z.infer<typeof schema> {
  if (typeof content !== 'object' || content === null) return {}
  const spoilt = new Set(
    issues.flatMap(issue =>
      issue.path.length === 0 && issue.code === 'unrecognized_keys' ? issue.keys : issue.path.slice(0, 1),
    ),
  )
  const sound = Object.entries(content).filter(([key]) => !spoilt.has(key))
  return schema.safeParse(Object.fromEntries(sound)).data ?? {}
}

/** In our words where the parser's are for programmers. */
function notYaml(code: string, message: string): { readonly message: string; readonly hint: string } {
  switch (code) {
    case 'DUPLICATE_KEY':
      return { message: 'this key stands here a second time', hint: 'remove one of the two' }
    case 'MULTIPLE_DOCS':
      return { message: 'a second document begins here', hint: 'remove the line ---' }
    case 'TAB_AS_INDENT':
      return { message: 'a tab makes the indentation', hint: 'use spaces' }
    default: {
      const reason = message.split('\n')[0] ?? message
      return { message: `this is no valid YAML: ${reason}`, hint: 'compare it with the example in the README' }
    }
  }
}

interface Described {
  readonly offset: number
  readonly message: string
  readonly hint?: string
}

function describe(issue: z.core.$ZodIssue, find: (path: readonly PathStep[]) => number | undefined): Described[] {
  const path = issue.path.filter((step): step is PathStep => typeof step !== 'symbol')
  const offset = find(path) ?? 0
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map(key => ({ offset: find([...path, key]) ?? 0, ...unknownKey(path, key) }))
  if (path.length === 0)
    return [{ offset, message: 'the file must be made of keys and values', hint: 'a line reads KEY: VALUE' }]
  const missing = (issue.code === 'invalid_type' || issue.code === 'invalid_union') && issue.input === undefined
  const fault = missing ? 'is missing' : issue.input === null ? 'has no value' : issue.message
  return [{ offset, message: `${nameOf(path)} ${fault}` }]
}

function unknownKey(path: readonly PathStep[], key: string): { readonly message: string; readonly hint: string } {
  const siblings = path.length === 0 ? known : (knownWithin.get(String(path[0])) ?? [])
  const meant = nearest(key, siblings)
  const hint =
    (path.length === 0 ? strangers.get(key) : undefined) ?? (meant === null ? null : `did you mean ${meant}?`)
  return {
    message: `${nameOf([...path, key])} is not known here`,
    hint: hint ?? `known are: ${siblings.join(', ')}`,
  }
}

/** `tls.cert`, `access[0].who` */
const nameOf = (path: readonly PathStep[]) =>
  path.map((step, index) => (typeof step === 'number' ? `[${step}]` : `${index === 0 ? '' : '.'}${step}`)).join('')
