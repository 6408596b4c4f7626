/** What the log says of changed users: numbers, no names. */
import { expect, it } from 'vitest'
import { usersChange } from '../../../src/server/primary/reload-changes.js'
import { parseHtpasswd } from '../../../src/users/htpasswd/parse.js'

const users = (text: string) => ({
  file: 'htpasswd',
  entries: parseHtpasswd(text.replaceAll(' ', '\n'), 'htpasswd').entries,
})

it.each([
  ['amy:{PLAIN}a', 'amy:{PLAIN}a', { count: 1, added: 0, removed: 0, changed: 0 }],
  ['amy:{PLAIN}a', 'amy:{PLAIN}a bob:{PLAIN}b', { count: 2, added: 1, removed: 0, changed: 0 }],
  ['amy:{PLAIN}a bob:{PLAIN}b', 'bob:{PLAIN}b', { count: 1, added: 0, removed: 1, changed: 0 }],
  ['amy:{PLAIN}a bob:{PLAIN}b', 'bob:{PLAIN}c eve:{PLAIN}e', { count: 2, added: 1, removed: 1, changed: 1 }],
  ['amy:{PLAIN}a', '', { count: 0, added: 0, removed: 1, changed: 0 }],
])('%s -> %s', (before, after, change) => {
  expect(usersChange('htpasswd', users(before), users(after))).toEqual({ file: 'htpasswd', ...change })
})

it('everybody is new where the file was not in use', () => {
  expect(usersChange('htpasswd', null, users('amy:{PLAIN}a')).added).toBe(1)
})
