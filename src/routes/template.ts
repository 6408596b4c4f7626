/** Gives text with variables its value for one request. */
import { toBytes } from './bytes.js'
import type { Template } from './model.js'

/** Anything that knows variables; an unknown one is empty. */
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
 * A value as it may stand in a header: what a client wrote into a decoded path could hold line breaks, which would begin another
 * header.
 */
export function headerValue(template: Template, values: VariableValues): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  return evaluate(template, values).replace(/[\0-\x08\x0a-\x1f\x7f]/g, ' ')
}
