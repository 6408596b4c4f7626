/** Where a request is passed on to, and with which path: nginx's `proxy_pass`. */
import type { Content } from './model.js'
import { evaluate } from './template.js'
import { escapeUri } from './uri.js'
import type { Variables } from './variables.js'

export interface Forward {
  /** `http://host:port`. */
  readonly backend: string
  /** Further servers of the same upstream, in the order in which to try them when a connection fails. */
  readonly alternatives: readonly string[]
  /** Path and query exactly as they are to be sent. */
  readonly target: string
}

/** Also sets `$proxy_host` and `$proxy_port`. A status where nginx would fail: 500 for no address, 502 for no server. */
export function backendTarget(
  content: Extract<Content, { kind: 'forward' }>,
  variables: Variables,
): Forward | 500 | 502 {
  const { state, server } = variables
  const found = /^(https?):\/\/([^/?#]+)(.*)$/is.exec(evaluate(content.backend, variables))
  const [, scheme = '', authority = '', rest = ''] = found ?? []
  if (found === null) return 500
  const protocol = scheme.toLowerCase()
  const standardPort = protocol === 'https' ? '443' : '80'
  const port = /:(\d+)$/.exec(authority)?.[1] ?? standardPort
  state.proxyPort = port
  state.proxyHost = port === standardPort ? authority.replace(/:\d+$/, '') : authority

  const turn = server.upstreams.get(authority.toLowerCase())?.next() ?? [authority]
  const [first, ...alternatives] = turn.map(address => `${protocol}://${address}`)
  if (first === undefined) return 502
  return { backend: first, alternatives, target: targetOf(content, rest, variables) }
}

function targetOf(content: Extract<Content, { kind: 'forward' }>, rest: string, { state, view }: Variables): string {
  // A path that came out of a variable replaces path and query as a whole.
  if (rest !== '') return rest.startsWith('/') ? rest : `/${rest}`
  if (content.path === null && state.targetIsValid) return view.target
  const replaced = content.path !== null && state.prefixIsValid
  const kept = replaced ? state.uri.slice(content.path.matchedPrefix.length) : state.uri
  const path = state.quoted || state.internal ? escapeUri(kept) : kept
  const before = replaced ? content.path.replacement.filter(part => typeof part === 'string').join('') : ''
  return `${before}${path}${state.args === '' ? '' : `?${state.args}`}`
}
