/** Evaluates text with variables for one request. */
import { toBytes } from './bytes.js'
import type { Template } from './model.js'

/** A source of variables. An unknown variable is empty. */
export interface VariableValues {
  get(name: string): string
}

export function evaluate(template: Template, values: VariableValues): string {
  let text = ''
  for (const part of template) text += typeof part === 'string' ? part : values.get(part.variable)
  return text
}

export function templateBytes(template: Template): Template {
  return template.map(part => (typeof part === 'string' ? toBytes(part) : part))
}

/**
 * Evaluates a template for a header. A decoded path comes from the client and may contain line breaks, which would
 * start another header, so control characters become blanks.
 */
export function headerValue(template: Template, values: VariableValues): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  return evaluate(template, values).replace(/[\0-\x08\x0a-\x1f\x7f]/g, ' ')
}
