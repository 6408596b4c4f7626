/** Runs the steps of the rewrite phase: `set`, `if`, `rewrite`, `return`, `break` (ngx_http_rewrite_module). */
import type { CompiledCondition, CompiledRewrite, CompiledStep } from './compile-steps.js'
import type { Route, Template } from './model.js'
import { evaluate } from './template.js'
import { escapeArgs } from './uri.js'
import type { Variables } from './variables.js'

export type Outcome =
  /** All steps have run. A changed URI is in the state. */
  | { readonly kind: 'done'; readonly route: Route }
  | { readonly kind: 'return'; readonly route: Route; readonly status: number; readonly text: Template | null }
  | { readonly kind: 'redirect'; readonly route: Route; readonly status: 301 | 302; readonly location: string }
  | { readonly kind: 'failed'; readonly route: Route; readonly status: 500 }

type Ended = Outcome | { readonly kind: 'next'; readonly route: Route }

/** @param route the route that applies until an `if` with its own route is true */
export function runSteps(steps: readonly CompiledStep[], route: Route, variables: Variables): Outcome {
  const ended = run(steps, route, variables)
  return ended.kind === 'next' ? { kind: 'done', route: ended.route } : ended
}

function run(steps: readonly CompiledStep[], outer: Route, variables: Variables): Ended {
  const { state } = variables
  let route = outer
  for (const step of steps) {
    switch (step.kind) {
      case 'set':
        variables.set(step.variable, evaluate(step.value, variables))
        break
      case 'return':
        return { kind: 'return', route, status: step.status, text: step.text }
      case 'break':
        if (state.uriChanged) state.prefixIsValid = false
        state.uriChanged = false
        return { kind: 'done', route }
      case 'if': {
        if (!holds(step.condition, variables)) break
        const inner = run(step.steps, step.route ?? route, variables)
        if (inner.kind !== 'next') return inner
        route = inner.route
        break
      }
      case 'rewrite': {
        const ended = rewrite(step, route, variables)
        if (ended !== null) return ended
      }
    }
  }
  return { kind: 'next', route }
}

function holds(condition: CompiledCondition, variables: Variables): boolean {
  const value = variables.get(condition.variable)
  switch (condition.kind) {
    case 'set':
      return value !== '' && value !== '0'
    case 'equals':
      return (value === evaluate(condition.value, variables)) !== condition.negated
    case 'matches':
      return variables.match(condition.regex, value) !== condition.negated
  }
}

/** null: the next step runs. */
function rewrite(step: CompiledRewrite, route: Route, variables: Variables): Outcome | null {
  const { state } = variables
  if (!variables.match(step.regex, state.uri)) {
    state.captures = []
    return null
  }
  const leaves = step.flag === 'redirect' || step.flag === 'permanent'
  const escapes = state.quoted || state.plus
  const path = evaluateCaptures(step.path, leaves && escapes, variables)
  const args = step.args === null ? null : evaluateCaptures(step.args, escapes, variables)
  if (leaves) {
    const query = [args, step.keepArgs ? state.args : ''].filter(each => each !== null && each !== '').join('&')
    const mark = args !== null || query !== '' ? '?' : ''
    const location = `${unescapeRedirect(path)}${mark}${query}`
    return { kind: 'redirect', route, status: step.flag === 'permanent' ? 301 : 302, location }
  }
  if (path === '') return { kind: 'failed', route, status: 500 }
  state.internal = true
  state.targetIsValid = false
  state.uri = path
  if (args !== null) state.args = step.keepArgs && state.args !== '' ? `${args}&${state.args}` : args
  else if (!step.keepArgs) state.args = ''
  state.uriChanged = step.flag !== 'break'
  if (step.flag === 'break') state.prefixIsValid = false
  return step.flag === 'none' ? null : { kind: 'done', route }
}

/** Escapes only numbered captures, and only if the request's path contained escapes. */
function evaluateCaptures(template: Template, escaped: boolean, variables: Variables): string {
  if (!escaped) return evaluate(template, variables)
  const isCapture = /^[1-9]$/
  const values = {
    get: (name: string) => (isCapture.test(name) ? escapeArgs(variables.get(name)) : variables.get(name)),
  }
  return evaluate(template, values)
}

/** ngx_unescape_uri with NGX_UNESCAPE_REDIRECT: removes escapes that a path does not need. */
function unescapeRedirect(path: string): string {
  return path.replace(/%([0-9a-f]{2})/gi, (escaped, hex: string) => {
    const code = Number.parseInt(hex, 16)
    return code > 0x25 && code < 0x7f && code !== 0x3f ? String.fromCharCode(code) : escaped
  })
}
