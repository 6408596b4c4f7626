/** Compiles the steps of the rewrite phase: texts become bytes, regular expressions are compiled. */
import { toBytes } from './bytes.js'
import type { Route, Step, Template } from './model.js'
import { type CompiledRegex, compileRegex } from './regex.js'
import { routeBytes } from './route-bytes.js'
import { templateBytes } from './template.js'

type Rewrite = Extract<Step, { kind: 'rewrite' }>

export type CompiledStep =
  | Extract<Step, { kind: 'set' | 'return' | 'break' }>
  | CompiledRewrite
  | {
      readonly kind: 'if'
      readonly condition: CompiledCondition
      readonly steps: readonly CompiledStep[]
      readonly route: Route | null
    }

export interface CompiledRewrite {
  readonly kind: 'rewrite'
  readonly regex: CompiledRegex
  readonly path: Template
  /** The part of the replacement after its first `?`; null if it has none. */
  readonly args: Template | null
  /** false if the replacement ends with `?`: then the request's own arguments are dropped. */
  readonly keepArgs: boolean
  readonly flag: Rewrite['flag']
}

export type CompiledCondition =
  | { readonly kind: 'set'; readonly variable: string }
  | { readonly kind: 'equals'; readonly variable: string; readonly value: Template; readonly negated: boolean }
  | { readonly kind: 'matches'; readonly variable: string; readonly regex: CompiledRegex; readonly negated: boolean }

export function compileSteps(steps: readonly Step[]): readonly CompiledStep[] {
  return steps.map(compileStep)
}

function compileStep(step: Step): CompiledStep {
  switch (step.kind) {
    case 'set':
      return { ...step, value: templateBytes(step.value) }
    case 'return':
      return { ...step, text: step.text && templateBytes(step.text) }
    case 'break':
      return step
    case 'rewrite':
      return compileRewrite(step)
    case 'if':
      return {
        kind: 'if',
        condition: compileCondition(step.condition),
        steps: compileSteps(step.steps),
        route: step.route && routeBytes(step.route),
      }
  }
}

function compileCondition(condition: Extract<Step, { kind: 'if' }>['condition']): CompiledCondition {
  if (condition.kind === 'equals') return { ...condition, value: templateBytes(condition.value) }
  if (condition.kind === 'set') return condition
  const { kind, variable, negated } = condition
  return { kind, variable, negated, regex: compileRegex(condition.pattern) }
}

function compileRewrite({ pattern, replacement, flag }: Rewrite): CompiledRewrite {
  const parts = replacement.map(part => (typeof part === 'string' ? toBytes(part) : part))
  const last = parts.at(-1)
  const keepArgs = !(typeof last === 'string' && last.endsWith('?'))
  if (!keepArgs && typeof last === 'string') parts[parts.length - 1] = last.slice(0, -1)
  const marked = parts.findIndex(part => typeof part === 'string' && part.includes('?'))
  const regex = compileRegex(pattern)
  const text = parts[marked]
  if (typeof text !== 'string') return { kind: 'rewrite', regex, path: parts, args: null, keepArgs, flag }
  const mark = text.indexOf('?')
  return {
    kind: 'rewrite',
    regex,
    path: [...parts.slice(0, marked), text.slice(0, mark)],
    args: [text.slice(mark + 1), ...parts.slice(marked + 1)],
    keepArgs,
    flag,
  }
}
