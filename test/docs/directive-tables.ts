/** The tables of docs/nginx.md: which directives of nginx are honoured, ignored and refused. */
import { modules } from '../../src/nginx/modules/table.js'
import type { Row } from '../../src/nginx/row.js'

const begin = '<!-- Made from src/nginx/modules by "npm run docs". -->\n'
const end = '<!-- End of what is made. -->'

/** @returns `page` with new tables between its two comments */
export function withDirectiveTables(page: string): string {
  const [from, to] = [page.indexOf(begin), page.indexOf(end)]
  if (from < 0 || to < from) throw new Error('the page has no place for the tables of directives')
  return `${page.slice(0, from)}${begin}\n${tables()}\n${page.slice(to)}`
}

const tables = () => `### Honoured

${table(['what becomes of it'], ({ says, decision: { kind } }) => (kind === 'ignored' || kind === 'refused' ? null : [says]))}
### Ignored

They are accepted and change nothing. A notice says so, unless the line asks for what the gate does anyway.

${table(['why'], ({ says, decision: { kind } }) => (kind === 'ignored' ? [says] : null))}
### Refused

They stop the start, with file and line, as every directive does that is not in these tables.

${table(['nginx would', 'instead', 'accepted with'], ({ decision }) =>
  decision.kind === 'refused'
    ? [decision.would, decision.instead ?? '', decision.unless === null ? '' : `\`${decision.unless}\``]
    : null,
)}`

/** Directives of a module of which the same is to be said share a line; `cells` gives null where a row is of another table. */
function table(heads: readonly string[], cells: (row: Row) => readonly string[] | null): string {
  const lines = new Map<string, { readonly names: string[]; readonly cells: readonly string[] }>()
  for (const { name: module, rows } of modules) {
    for (const row of rows) {
      const said = cells(row)
      if (said === null) continue
      const key = [module, ...said].join('|')
      const line = lines.get(key) ?? { names: [], cells: [module, ...said] }
      line.names.push(`\`${row.name}\``)
      lines.set(key, line)
    }
  }
  return [
    ['directive', 'module of nginx', ...heads],
    ['directive', 'module of nginx', ...heads].map(() => '---'),
    ...[...lines.values()].map(line => [line.names.join(', '), ...line.cells]),
  ]
    .map(line => `| ${line.join(' | ')} |\n`)
    .join('')
}
