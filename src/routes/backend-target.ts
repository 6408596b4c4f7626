/** The backend and the path for a forwarded request: nginx's `proxy_pass`. */
import type { Content } from './model.js'
import { evaluate } from './template.js'
import { escapeUri } from './uri.js'
import type { Variables } from './variables.js'

export interface Forward {
  /** `http://host:port`. */
  readonly backend: string
  /** Other servers of the same upstream, in the order of retries after a failed connection. */
  readonly alternatives: readonly string[]
  /** Path and query, exactly as sent. */
  readonly target: string
}

/**
 * Computes where to forward a request, and sets `$proxy_host` and `$proxy_port`. Returns a status where nginx fails:
 * 500 for an invalid address, 502 for an upstream without servers.
 */
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
  // A path from a variable replaces the whole path and query.
  if (rest !== '') return rest.startsWith('/') ? rest : `/${rest}`
  if (content.path === null && state.targetIsValid) return view.target
  const replaced = content.path !== null && state.prefixIsValid
  const kept = replaced ? state.uri.slice(content.path.matchedPrefix.length) : state.uri
  const path = state.quoted || state.internal ? escapeUri(kept) : kept
  const before = replaced ? content.path.replacement.filter(part => typeof part === 'string').join('') : ''
  return `${before}${path}${state.args === '' ? '' : `?${state.args}`}`
}
