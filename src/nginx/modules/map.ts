/** ngx_http_map_module: a variable whose value depends on a text. */

import type { RegexSource, ServerName, Template, VariableMap } from '../../routes/model.js'
import { place } from '../language/directive.js'
import { aNumber, block as blockOf, ignored } from '../readers.js'
import type { NginxReading } from '../reading.js'
import { type CheckedDirective, ignoredEach, many, nginxModule } from '../row.js'
import { parseServerName } from '../server-name.js'

export const map = nginxModule('ngx_http_map_module', [
  many('map', ['http'], blockOf([2, 2]), 'as in nginx'),
  ...ignoredEach(['http'], ignored('the gate needs no such tables', aNumber), [
    'map_hash_bucket_size',
    'map_hash_max_size',
  ]),
])

/** null where the variable cannot be set; every other mistake leaves only its own line out. */
export function readMap(directive: CheckedDirective, reading: NginxReading): VariableMap | null {
  const { args, at, block } = directive
  const source = reading.template(args[0] ?? '', at)
  const variable = reading.declare(args[1] ?? '', at)
  const exact = new Map<string, { readonly key: string; readonly value: Template }>()
  const hostnames: { readonly name: ServerName; readonly value: Template }[] = []
  const patterns: { readonly pattern: RegexSource; readonly value: Template }[] = []
  let fallback: Template | null = null
  const wildcards = block.some(entry => entry.name === 'hostnames' && entry.args.length === 0)
  const isVolatile = block.some(entry => entry.name === 'volatile' && entry.args.length === 0)

  for (const entry of block) {
    const where = place(entry.where)
    const [word] = entry.args
    if (word === undefined && (entry.name === 'hostnames' || entry.name === 'volatile')) continue
    if (word === undefined || entry.args.length > 1 || entry.block !== null) {
      reading.problem(where, 'a line of a "map" has a text and its value', 'look for a missing ";"')
      continue
    }
    const value = reading.template(word, where)
    // A backslash protects a text that would otherwise mean something here.
    const key = entry.name.replace(/^\\/, '').toLowerCase()
    if (entry.name === 'default') {
      if (fallback !== null)
        reading.problem(where, '"default" stands in this "map" a second time', 'remove one of them')
      fallback = value
    } else if (entry.name.startsWith('~')) {
      const ignoreCase = entry.name.startsWith('~*')
      patterns.push({ pattern: reading.regex(entry.name.slice(ignoreCase ? 2 : 1), ignoreCase, where), value })
    } else if (wildcards && /\*|^\./.test(key)) {
      for (const name of parseServerName(key, where, reading)) hostnames.push({ name, value })
    } else if (exact.has(key)) {
      reading.problem(where, `"${entry.name}" stands in this "map" a second time`, 'remove one of them')
    } else {
      exact.set(key, { key, value })
    }
  }
  if (variable === null) return null
  return {
    variable,
    volatile: isVolatile,
    source,
    exact: [...exact.values()],
    hostnames,
    patterns,
    fallback: fallback ?? [],
  }
}
