/** The keys of portcullis.yaml, derived from the table of options. */
import { isNever } from './option.js'
import { type OptionName, options, sections } from './table.js'

const names = Object.keys(options) as OptionName[]

const byKey: ReadonlyMap<string, OptionName> = new Map(
  names.flatMap(name => {
    const { file } = options[name]
    return isNever(file) ? [] : [[file, name] as const]
  }),
)

/** The option for a key such as `listen` or `tls.cert`. */
export const optionAt = (key: string): OptionName | null => byKey.get(key) ?? null

/** The keys of a section, or of the top level (null). */
export function keysIn(section: string | null): readonly string[] {
  const keys = [...byKey.keys()].map(key => key.split('.'))
  if (section === null) return [...new Set(keys.map(([first = '']) => first))]
  return keys.flatMap(([first, second]) => (first === section && second !== undefined ? [second] : []))
}

/** `{ cert: FILE, key: FILE }` */
export function sectionForm(section: string): string {
  const own = sections[section]?.form
  if (own !== undefined) return own
  return `{ ${keysIn(section)
    .map(key => `${key}: ${placeholderAt(`${section}.${key}`)}`)
    .join(', ')} }`
}

function placeholderAt(key: string): string {
  const name = optionAt(key)
  if (name === null) return ''
  const { type } = options[name]
  return type.kind === 'list' ? `[${type.item.placeholder}]` : type.placeholder
}

/** The form of an option's line: `users: { htpasswd: FILE }`, `hosts: [NAME]`. */
export function lineFor(key: string): string {
  const [section = '', member] = key.split('.')
  if (member === undefined) return `${key}: ${placeholderAt(key)}`
  const whole = sections[section]?.complete === true
  return `${section}: ${whole ? sectionForm(section) : `{ ${member}: ${placeholderAt(key)} }`}`
}

/** The advice for a flag name that was used as a top-level key; null for other words. */
export function instead(word: string): string | null {
  const found = names.find(name => options[name].flag === word.replaceAll('_', '-'))
  if (found === undefined) return null
  const { file, flag } = options[found]
  // The word differs from the key only in its hyphens.
  if (file === word.replaceAll('-', '_')) return null
  return isNever(file) ? `say it with a flag: --${flag}` : `write ${lineFor(file)}`
}
