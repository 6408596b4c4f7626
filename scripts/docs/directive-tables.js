/** docs/nginx.md: which directives of nginx are honoured, ignored and refused, from the table in src/nginx/modules. */

/**
 * @param modules `modules` of src/nginx/modules/table.ts
 * @returns three tables in Markdown; directives of a module with the same text share a line
 */
export function directiveTables(modules) {
  const rows = modules.flatMap(module => module.rows.map(row => ({ ...row, module: module.name })))
  const of = kinds => rows.filter(row => kinds.includes(row.decision.kind))
  return [
    '### Honoured',
    '',
    ...table('what becomes of it', of(['structure', 'instruction', 'inherited', 'read-before'])),
    '',
    '### Ignored',
    '',
    'They are accepted, and change nothing. A notice says so, unless the line asks for what the gate does anyway.',
    '',
    ...table('why', of(['ignored'])),
    '',
    '### Refused',
    '',
    'They stop the start, with file and line.',
    '',
    ...table('what to do', of(['refused'])),
  ].join('\n')
}

function table(heading, rows) {
  const lines = new Map()
  for (const { module, says, name } of rows) {
    const key = `${module} ${says}`
    const line = lines.get(key) ?? { names: [], module, says }
    line.names.push(`\`${name}\``)
    lines.set(key, line)
  }
  const written = [...lines.values()].map(({ names, module, says }) => `| ${names.join(', ')} | ${module} | ${says} |`)
  return [`| directive | module of nginx | ${heading} |`, '|---|---|---|', ...written]
}
