/** Changing one user leaves everything else as it was. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ProblemsFound } from '../../../src/errors/problem.js'
import { createEntry, removeUser, setUser } from '../../../src/users/htpasswd/edit.js'
import { matchesHash } from '../../../src/users/htpasswd/hash-formats.js'
import { parseHtpasswd } from '../../../src/users/htpasswd/parse.js'

describe('setUser', () => {
  it.each([
    ['an empty file', '', 'bob:NEW\n', false],
    ['a file without him', 'amy:1\n', 'amy:1\nbob:NEW\n', false],
    ['a last line without its end', 'amy:1', 'amy:1\nbob:NEW\n', false],
    ['the empty line that htpasswd -n prints', 'amy:1\n\n', 'amy:1\nbob:NEW\n', false],
    ['his line between others', '# people\namy:1\nbob:OLD\n\ncat:3\n', '# people\namy:1\nbob:NEW\n\ncat:3\n', true],
    ['his comment', 'bob:OLD:Bob Builder\n', 'bob:NEW:Bob Builder\n', true],
    ['lines of his that nobody reads', 'bob:OLD\namy:1\nbob:OLDER\n', 'bob:NEW\namy:1\n', true],
    ['CRLF', 'amy:1\r\nbob:OLD\r\ncat:3\r\n', 'amy:1\r\nbob:NEW\r\ncat:3\r\n', true],
    ['CRLF without him', 'amy:1\r\n', 'amy:1\r\nbob:NEW\r\n', false],
    ['a byte order mark', '\uFEFFbob:OLD\n', '\uFEFFbob:NEW\n', true],
    ['a comment that looks like him', '#bob:OLD\n bob:x\n', '#bob:OLD\n bob:x\nbob:NEW\n', false],
    ['a name that only begins like his', 'bobby:1\n', 'bobby:1\nbob:NEW\n', false],
  ])('%s', (_, before, after, existed) => {
    expect(setUser(before, 'bob', 'bob:NEW')).toEqual({ text: after, existed })
  })
})

describe('removeUser', () => {
  it.each([
    ['his only line', 'bob:OLD\n', '', true],
    ['all his lines', '# all\nbob:1\namy:2\nbob:3', '# all\namy:2\n', true],
    ['nothing without him', 'amy:1\r\n# bob:2\n', 'amy:1\r\n# bob:2\n', false],
    ['behind a byte order mark', '\uFEFFbob:1\namy:2\n', '\uFEFFamy:2\n', true],
  ])('%s', (_, before, after, existed) => {
    expect(removeUser(before, 'bob')).toEqual({ text: after, existed })
  })
})

const line = fc.oneof(
  fc.constantFrom('', '# comment', 'no colon', 'bob:{PLAIN}old', 'bob:{PLAIN}older:note', '   '),
  fc.tuple(fc.constantFrom('amy', 'cat', 'bobby', ' bob'), fc.constantFrom('{PLAIN}a', 'x', '')).map(p => p.join(':')),
)
const file = fc
  .tuple(fc.constantFrom('', '\uFEFF'), fc.array(line), fc.constantFrom('\n', '\r\n'), fc.boolean())
  .map(([mark, lines, end, ended]) => mark + lines.join(end) + (ended ? end : ''))

describe('in any file', () => {
  const others = (text: string) => {
    const entries = [...parseHtpasswd(text, 'f').entries.values()]
    return entries.filter(({ name }) => name !== 'bob').map(({ name, hash }) => `${name}:${hash}`)
  }

  it('the user that was set has the new password, and the others keep theirs', () => {
    fc.assert(
      fc.property(file, text => {
        const edited = setUser(text, 'bob', 'bob:{PLAIN}new').text
        expect(parseHtpasswd(edited, 'f').entries.get('bob')?.hash).toBe('{PLAIN}new')
        expect(others(edited)).toEqual(others(text))
      }),
      { numRuns: 1000 },
    )
  })

  it('the user that was removed is gone, the others stay, and their lines are unchanged', () => {
    fc.assert(
      fc.property(file, text => {
        const edited = removeUser(text, 'bob').text
        expect(parseHtpasswd(edited, 'f').entries.has('bob')).toBe(false)
        expect(others(edited)).toEqual(others(text))
        const kept = text.split('\n').filter(content => !/^\uFEFF?bob:/.test(content))
        expect(edited.replaceAll('\uFEFF', '').trimEnd()).toBe(kept.join('\n').replaceAll('\uFEFF', '').trimEnd())
      }),
      { numRuns: 1000 },
    )
  })
})

describe('createEntry', () => {
  const fast = { cost: 4, random: (count: number) => Buffer.alloc(count, 7) }

  it('makes a line that nginx, Apache and registry:2 read', () => {
    const { line, warnings } = createEntry('admin', 'pä ss:wörd', fast)
    expect(line).toMatch(/^admin:\$2y\$04\$[./A-Za-z0-9]{53}$/)
    const entry = parseHtpasswd(line, 'f').entries.get('admin')
    expect(entry !== undefined && matchesHash('pä ss:wörd', entry.hash)).toBe(true)
    expect(warnings).toEqual([])
  })

  it('hashes at cost 10 with a salt of its own each time', () => {
    const first = createEntry('a', 'secret').line
    expect(first).toMatch(/^a:\$2y\$10\$/)
    expect(createEntry('a', 'secret').line).not.toBe(first)
  })

  it('says that bcrypt looks at 72 bytes only', () => {
    expect(createEntry('a', 'x'.repeat(72), fast).warnings).toEqual([])
    expect(createEntry('a', 'ä'.repeat(37), fast).warnings[0]?.message).toContain('72')
  })

  it.each([
    ['', 'secret'],
    ['a:b', 'secret'],
    ['#a', 'secret'],
    ['a\nb', 'secret'],
    ['a\rb', 'secret'],
    ['a\0', 'secret'],
    ['a', ''],
    ['a', 'se\0cret'],
  ])('refuses the name %j with the password %j', (name, password) => {
    expect(() => createEntry(name, password, fast)).toThrow(ProblemsFound)
  })
})
