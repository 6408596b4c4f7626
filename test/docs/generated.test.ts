/** Pages of docs that are made from tables of the source: `npm run docs` writes them anew. (decision C5) */
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { requestErrors } from '../../src/errors/request-error.js'
import { withDirectiveTables } from './directive-tables.js'

const table = (head: readonly string[], rows: readonly (readonly string[])[]) =>
  [head, head.map(() => '---'), ...rows].map(cells => `| ${cells.join(' | ')} |`).join('\n')

it('docs/errors.md has every code of src/errors/request-error.ts', async () => {
  const rows = Object.entries(requestErrors).map(([code, { status, code: oci, message, help }]) => [
    `\`${code}\``,
    String(status),
    `\`${oci}\``,
    message,
    help,
  ])
  await expect(`# Errors

Every answer by which the gate itself refuses a request. The log shows the code as \`error\`, the message as \`refusal\` and, where there is
one, the error below it as \`cause\`. The client gets the status, the code of the OCI distribution specification and the message. An
answer of the backend has no code here.

<!-- Made from src/errors by "npm run docs". -->

${table(['error in the log', 'status', 'code for the client', 'message', 'what it comes from, what helps'], rows)}
`).toMatchFileSnapshot('../../docs/errors.md')
})

it('docs/nginx.md has every directive of src/nginx/modules', async () => {
  const page = readFileSync(new URL('../../docs/nginx.md', import.meta.url), 'utf8')
  await expect(withDirectiveTables(page)).toMatchFileSnapshot('../../docs/nginx.md')
})
