/** Files that include others, on a real disk. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { place } from '../../src/nginx/language/directive.js'
import { disk } from '../../src/nginx/language/disk.js'
import { readConfiguration } from '../../src/nginx/language/include.js'

const folder = mkdtempSync(join(tmpdir(), 'include-'))
afterAll(() => rmSync(folder, { recursive: true }))

function write(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(folder, 'case-'))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(root, name, '..'), { recursive: true })
    writeFileSync(join(root, name), text)
  }
  return root
}

/** Places relative to the folder. */
function read(files: Readonly<Record<string, string>>) {
  const root = write(files)
  const { directives, problems, ignored } = readConfiguration(join(root, 'nginx.conf'), disk)
  const short = (text: string) => text.replaceAll(`${root}/`, '')
  return {
    directives: directives.map(each => `${each.name} ${short(place(each.where))}`),
    problems: problems.map(each => `${short(each.where)}: ${short(each.message)}`),
    ignored: ignored.map(each => `${short(each.where)}: ${short(each.message)}`),
  }
}

it('a link that a pattern finds and that leads nowhere is a mistake, as in nginx', () => {
  const root = write({ 'nginx.conf': 'include conf.d/*.conf;', 'conf.d/10.conf': 'a;' })
  symlinkSync('nowhere', join(root, 'conf.d/20.conf'))
  const { problems } = readConfiguration(join(root, 'nginx.conf'), disk)
  expect(problems).toEqual([
    {
      where: `${root}/nginx.conf:1`,
      message: `the included file "${root}/conf.d/20.conf" cannot be read: it does not exist`,
    },
  ])
})

describe('include', () => {
  it('stands for what the file holds, whose directives know where they stand', () => {
    const files = { 'nginx.conf': 'a;\ninclude b.conf;\nd;', 'b.conf': '\nb;\nc;' }
    expect(read(files).directives).toEqual(['a nginx.conf:1', 'b b.conf:2', 'c b.conf:3', 'd nginx.conf:3'])
  })

  it('ends where a file includes itself more than once', () => {
    const { problems } = read({ 'nginx.conf': 'include nginx.conf; include nginx.conf;' })
    expect(problems.some(problem => problem.endsWith('more than 1000 files are included'))).toBe(true)
  })

  it('blocks within blocks have a limit', () => {
    const { problems } = read({ 'nginx.conf': 'a{'.repeat(50_000) })
    expect(problems).toEqual(['nginx.conf:1: more than 100 blocks stand within each other'])
  })

  it('is relative to the main file, also within an included file', () => {
    const files = {
      'nginx.conf': 'include sub/a.conf;',
      'sub/a.conf': 'include b.conf;',
      'b.conf': 'b;',
      'sub/b.conf': 'no;',
    }
    expect(read(files).directives).toEqual(['b b.conf:1'])
  })

  it('takes patterns: sorted, without hidden files, and none is no mistake', () => {
    const files = {
      'nginx.conf': 'include conf.d/*.conf; include x/[ab]?.conf; include none/*;',
      'conf.d/20.conf': 'second;',
      'conf.d/10.conf': 'first;',
      'conf.d/.30.conf': 'hidden;',
      'conf.d/40.txt': 'other;',
      'x/a1.conf': 'a;',
      'x/c1.conf': 'c;',
      'x/b11.conf': 'b;',
    }
    const { directives, problems } = read(files)
    expect(directives).toEqual(['first conf.d/10.conf:1', 'second conf.d/20.conf:1', 'a x/a1.conf:1'])
    expect(problems).toEqual([])
  })

  it('is a mistake for a file that is not there, is a folder, or includes itself', () => {
    expect(read({ 'nginx.conf': '\ninclude none.conf; include .;' }).problems).toEqual([
      'nginx.conf:2: the included file "none.conf" cannot be read: it does not exist',
      expect.stringContaining('cannot be read: it is a folder'),
    ])
    expect(read({ 'nginx.conf': 'include nginx.conf;' }).problems).toEqual([
      'nginx.conf:1: "include" is nested more than 20 times',
    ])
  })

  it('does not need mime.types', () => {
    const { problems, ignored } = read({ 'nginx.conf': 'include /nowhere/mime.types;' })
    expect({ problems, ignored }).toEqual({
      problems: [],
      ignored: [expect.stringContaining('mime.types is not read')],
    })
  })
})
