/** What each request to a registry means, and what follows from it: test/cases/registry-api/operations.txt. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { operations, parseOperation, rowOf } from '../../src/registry-api/operation.js'

const digest = `sha256:${'a'.repeat(64)}`
const text = readFileSync(new URL('../cases/registry-api/operations.txt', import.meta.url), 'utf8')
const cases = text
  .replaceAll('{digest}', digest)
  .split('\n')
  .flatMap(line => {
    const [request = '', meaning] = line.split(' -> ')
    return meaning === undefined || !/^[A-Z]+ \//.test(request) ? [] : [{ request, meaning }]
  })

function describeRequest(request: string): string {
  const [method = '', path = ''] = request.split(' ')
  const operation = parseOperation(method, path)
  if (operation.kind === 'refused') {
    const allow = operation.allow.length === 0 ? '' : `, allows ${operation.allow.join(' ')}`
    return `refused: ${operation.error}${allow}`
  }
  const row = rowOf(operation)
  const { kind, repository, reference, actions } = operation
  const what = [kind, repository, reference].filter(part => part !== null).join(' ')
  return [
    what,
    `needs ${actions.length === 0 ? 'nothing' : actions.join(' ')}`,
    row?.effect,
    ...(row?.upload == null ? [] : [`${row.upload} of an upload`]),
    ...(row?.query === 'strict' ? ['strict query'] : []),
    ...(row?.audit == null ? [] : [`audited as ${row.audit}`]),
    ...(row?.limited == null ? [] : [`limited ${row.limited}`]),
  ].join(', ')
}

it.each(cases)('$request', ({ request, meaning }) => {
  expect(describeRequest(request)).toBe(meaning)
})

describe('the table of operations', () => {
  it('has a case above for every operation', () => {
    const kinds = cases.map(({ meaning }) => meaning.split(/[ ,]/, 1)[0])
    expect(Object.keys(operations).filter(kind => !kinds.includes(kind))).toEqual([])
  })

  it('has a write, a push or a delete for every method that changes something', () => {
    for (const [kind, row] of Object.entries(operations)) {
      const changes = row.methods.some(method => method !== 'GET' && method !== 'HEAD')
      expect({ kind, changes }).toEqual({ kind, changes: row.effect !== 'read' })
    }
  })
})
