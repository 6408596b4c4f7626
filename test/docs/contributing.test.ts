/** What CONTRIBUTING says about where a change goes: each path in it is there, and each table has what its row promises. */
import { existsSync, readFileSync } from 'node:fs'
import { expect, it, test } from 'vitest'

const root = new URL('../../', import.meta.url)
const read = (path: string) => readFileSync(new URL(path, root), 'utf8')
const contributing = read('CONTRIBUTING.md')
const rows = contributing
  .split('\n')
  .filter(line => line.startsWith('| ') && !line.startsWith('| you add'))
  .map(line => line.split('|').map(cell => cell.trim()))
  .map(([, change = '', source = '', tested = '']) => ({ change, source, tested }))

const pathsIn = (text: string) =>
  [...text.matchAll(/`((?:src|test|docs|scripts)\/[^`]*)`/g)].map(match => match[1] ?? '')

it('has a row for each kind of change', () => expect(rows.length).toBeGreaterThanOrEqual(11))

test.each(rows)('$change: the files and the tests that it names are there', ({ source, tested }) => {
  expect(pathsIn(source).length).toBeGreaterThan(0)
  expect([...pathsIn(source), ...pathsIn(tested)].filter(path => !existsSync(new URL(path, root)))).toEqual([])
})

it('names only paths that exist', () => {
  expect(pathsIn(contributing).filter(path => !existsSync(new URL(path, root)))).toEqual([])
})

// What a newcomer looks for in the file that the row names.
test.each([
  ['src/registry-api/operation.ts', 'export const operations = {'],
  ['src/gateway/rules/registry-rules.ts', 'judgePush('],
  ['src/gateway/answerers/answerers.ts', 'const answerers:'],
  ['src/settings/settings-of.ts', 'assertEveryRowIsRead('],
  ['src/errors/request-error.ts', 'export const requestErrors = {'],
  ['src/observe/events.ts', 'export interface Events {'],
  ['src/cli/portcullis.ts', 'addCheckCommand('],
])('%s has %s', (file, text) => expect(read(file)).toContain(text))
