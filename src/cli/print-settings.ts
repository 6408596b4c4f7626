/** `check --print`: shows all settings in force under headings, with the source of each value. */
import type { LoadedSettings } from '../settings/load.js'
import {
  isNever,
  type ListType,
  type ScalarType,
  type Sourced,
  type StructureType,
} from '../settings/options/option.js'
import { optionNames } from '../settings/options/parse-options.js'
import { type OptionName, options as table } from '../settings/options/table.js'
import { inForce, type Line } from './in-force.js'
import { table as columns } from './output.js'

/** For people: `name  value  source`. */
export function settingsText(loaded: LoadedSettings): string {
  const shown = inForce(loaded)
  const lines = optionNames.flatMap(name =>
    (shown[name] ?? [line(name, loaded.options[name])]).map(({ value, where }) => ({
      heading: table[name].heading,
      cells: [`  ${keyOf(name)}`, table[name].secret ? '***' : value, where],
    })),
  )
  return columns(
    lines.flatMap(({ heading, cells }, index) =>
      lines[index - 1]?.heading === heading ? [cells] : [[heading], cells],
    ),
  )
}

/** For programs: the compiled settings, and each option with its value and source. */
export function settingsJson({ settings, options, notices, ignored, directives }: LoadedSettings): string {
  const shown = optionNames.map(name => {
    const { value, where, from } = options[name]
    const plain = Array.isArray(value) ? value.map((item: Sourced<unknown>) => item.value) : value
    return [keyOf(name), { value: table[name].secret ? '***' : plain, source: from, where }]
  })
  return `${JSON.stringify({ settings, options: Object.fromEntries(shown), notices, ignored, directives }, withoutSecrets, 2)}\n`
}

/** The option's key in portcullis.yaml, or its flag if it has no key. */
function keyOf(name: OptionName): string {
  const { file, flag } = table[name]
  return isNever(file) ? `--${String(flag)}` : file
}

/** The option's value, or the text of its default. */
function line(name: OptionName, option: Sourced<unknown>): Line {
  const { type, default: standard } = table[name]
  const where = option.from === 'default' ? 'default' : option.where
  const isWord = type.kind === 'scalar' && option.value !== null
  if (option.from === 'default' && !isWord) return { value: standard.text, where }
  return { value: show(type, option.value), where }
}

function show(type: unknown, value: unknown): string {
  // The type formats a value that the same type has parsed.
  const { kind } = type as ListType<unknown> | ScalarType<unknown> | StructureType<unknown>
  if (kind === 'list')
    return (value as readonly Sourced<unknown>[])
      .map(item => (type as ListType<unknown>).item.show(item.value))
      .join(', ')
  return (type as ScalarType<unknown> | StructureType<unknown>).show(value)
}

/**
 * Hides header values, because an nginx.conf can send secrets to the backend in them. It also converts a Map, which
 * JSON lacks.
 */
function withoutSecrets(_key: string, value: unknown): unknown {
  if (value instanceof Map) return Object.fromEntries(value)
  if (typeof value !== 'object' || value === null || !('name' in value) || !('value' in value)) return value
  const secret = /authorization|cookie|token|secret|password|api-?key/i.test(String(value.name))
  return secret ? { ...value, value: '***' } : value
}
