/** The variables of one request: built in, captured, mapped and set. They are computed on demand. */
import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { builtIns, type Environment, type VariableSource } from './built-in-variables.js'
import type { CompiledServer } from './compile.js'
import { type CompiledMap, lookUp } from './compile-map.js'
import type { RequestView } from './model.js'
import { hostName } from './names.js'
import { type CompiledRegex, match } from './regex.js'
import { initialState, type RequestState } from './request-state.js'
import { evaluate, type VariableValues } from './template.js'

const thisProcess: Environment = {
  now: Date.now,
  requestId: () => randomBytes(16).toString('hex'),
  hostname: hostname(),
  pid: process.pid,
}

export class Variables implements VariableValues, VariableSource {
  readonly state: RequestState
  readonly startedAt: number
  /** Variables that were set, captured by name, or computed once (maps, `$request_id`). */
  readonly #values = new Map<string, string>()
  /** Maps that are being computed. A map that refers to itself is empty there, so the recursion ends. */
  readonly #pending = new Set<string>()

  constructor(
    readonly server: CompiledServer,
    readonly view: RequestView,
    readonly environment: Environment,
  ) {
    this.state = initialState(view)
    this.startedAt = environment.now()
  }

  /** Returns '' for a variable without a value. */
  get(name: string): string {
    const known = this.#values.get(name)
    if (known !== undefined) return known
    if (/^[1-9]$/.test(name)) return this.state.captures[Number(name)] ?? ''
    const map = this.server.maps.get(name)
    if (map !== undefined) return this.#mapped(name, map)
    return builtIns.get(name)?.(this) ?? familyMember(name, this)
  }

  set(name: string, value: string): void {
    if (name === 'args') this.state.args = value
    else this.#values.set(name, value)
  }

  /** Computes a value once and keeps it for the rest of the request. */
  once(name: string, compute: () => string): string {
    const value = this.#values.get(name) ?? compute()
    this.#values.set(name, value)
    return value
  }

  /** Matches a regular expression. On a match, its captures replace the earlier ones. */
  match(regex: CompiledRegex, text: string): boolean {
    const found = match(regex, text)
    if (found === null) return false
    this.state.captures = found.captures
    for (const { variable, value } of found.named) this.#values.set(variable, value)
    return true
  }

  #mapped(name: string, map: CompiledMap): string {
    if (this.#pending.has(name)) return ''
    this.#pending.add(name)
    const { value, matched } = lookUp(map, evaluate(map.source, this))
    if (matched !== null) {
      this.state.captures = matched.captures
      for (const each of matched.named) this.#values.set(each.variable, each.value)
    }
    const result = evaluate(value, this)
    this.#pending.delete(name)
    if (!map.volatile) this.#values.set(name, result)
    return result
  }
}

/** @param server the result of selectServer; the named groups of its name are set immediately */
export function createVariables(
  server: CompiledServer,
  view: RequestView,
  environment: Environment = thisProcess,
): Variables {
  const variables = new Variables(server, view, environment)
  const host = hostName(view.headers.host ?? '')
  for (const regex of server.nameRegexes) if (variables.match(regex, host)) break
  return variables
}

/** `$http_x_name`, `$arg_name`, `$cookie_name`, `$upstream_http_name`, `$sent_http_name`. */
function familyMember(name: string, { state, view }: Variables): string {
  const found = /^(http|arg|cookie|upstream_http|sent_http)_(.+)$/.exec(name)
  const [, family, member = ''] = found ?? []
  const header = member.replaceAll('_', '-')
  switch (family) {
    case 'http': {
      const value = Object.hasOwn(view.headers, header) ? view.headers[header] : undefined
      return typeof value === 'string' ? value : (value?.join(', ') ?? '')
    }
    case 'upstream_http':
    case 'sent_http': {
      const lines = state.answer?.headers.filter(line => line.name.toLowerCase() === header) ?? []
      return lines.map(line => line.value).join(', ')
    }
    case 'arg':
      return pairValue(state.args, '&', member)
    case 'cookie':
      return pairValue(view.headers.cookie ?? '', ';', member)
    default:
      return ''
  }
}

/** The value of the first `name=value`; the name is case-insensitive. */
function pairValue(text: string, separator: string, name: string): string {
  for (const pair of text.split(separator)) {
    const equals = pair.indexOf('=')
    if (equals > 0 && pair.slice(0, equals).trim().toLowerCase() === name) return pair.slice(equals + 1)
  }
  return ''
}
