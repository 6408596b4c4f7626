/** What stands in an htpasswd file: golden files of test/cases/htpasswd, `input / ---------- / users and problems`. */
import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatProblem } from '../../../src/errors/problem.js'
import { parseHtpasswd } from '../../../src/users/htpasswd/parse.js'

const cases = new URL('../../cases/htpasswd/', import.meta.url)

function describeFile(text: string): string {
  const { entries, problems } = parseHtpasswd(text, 'htpasswd')
  const users = [...entries.values()].map(
    ({ name, hash, line }) => `user ${JSON.stringify(name)} line ${line}: ${hash}`,
  )
  return [...users, ...problems.map(problem => formatProblem(problem))].join('\n')
}

describe('an htpasswd file', () => {
  const files = readdirSync(cases).filter(file => file.endsWith('.txt'))
  expect(files.length).toBeGreaterThan(5)
  for (const file of files) {
    it(file.replaceAll('-', ' ').replace('.txt', ''), () => {
      const [input = '', expected = ''] = readFileSync(new URL(file, cases), 'utf8').split('----------\n')
      expect(describeFile(unescaped(input))).toBe(unescaped(expected.replace(/\n$/, '')))
    })
  }
})

/** Cases write invisible characters as `\r`, `\t`, `\0`, `\u200B`, and `\c` for a line that has no end; so an editor cannot spoil them. */
function unescaped(text: string): string {
  return text
    .replaceAll('\\c\n', '')
    .replaceAll('\\r', '\r')
    .replaceAll('\\0', '\0')
    .replaceAll('\\t', '\t')
    .replace(/\\u([0-9A-F]{4})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
}

describe('whatever stands in the file', () => {
  const pieces = fc.constantFrom(
    'a',
    'b',
    ':',
    '#',
    '\n',
    '\r',
    '$',
    '{PLAIN}x',
    '{SHA}',
    ' ',
    '\0',
    '__proto__',
    '\uFEFF',
  )
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(pieces).map(parts => parts.join('')),
  )

  it('reading it never throws, and never shows a hash or a password in a problem', () => {
    fc.assert(
      fc.property(text, content => {
        const marked = content.replaceAll('{PLAIN}x', '{PLAIN}s3cr3t')
        const { entries, problems } = parseHtpasswd(marked, 'f')
        for (const [name, entry] of entries) expect(entry.name).toBe(name)
        for (const problem of problems) {
          expect(problem.where).toMatch(/^f:\d+$/)
          // A name may be anything, so what stands before the colon may be shown.
          if (!/s3cr3t[^\n]*:/.test(marked)) expect(formatProblem(problem)).not.toContain('s3cr3t')
        }
      }),
      { numRuns: 1000 },
    )
  })
})
