/** How printed things look. */
import { stripVTControlCharacters } from 'node:util'
import { describe, expect, it } from 'vitest'
import { paint, printProblems, type Terminal, table, wrapWords } from '../../src/cli/output.js'

const problems = [
  { where: 'nginx.conf:14', message: 'a.htpasswd does not exist', hint: 'create it with: portcullis users add admin' },
  { where: '--days', message: '"x" is not a number' },
]

function printed(errColour: boolean, label?: string): string {
  let text = ''
  const write = (piece: string) => {
    text += piece
  }
  const terminal: Terminal = { out: () => {}, err: write, outColour: true, errColour }
  printProblems(terminal, problems, label)
  return text
}

describe('problems', () => {
  it('stand one below the other, each with its hint', () => {
    expect(printed(false)).toBe(
      [
        'error: nginx.conf:14: a.htpasswd does not exist',
        'hint:  create it with: portcullis users add admin',
        'error: --days: "x" is not a number',
        '',
      ].join('\n'),
    )
  })

  it('have coloured labels where stderr is a terminal, and the same words', () => {
    const coloured = printed(true, 'warning')
    expect(coloured).toContain('\x1b[33mwarning:\x1b[0m nginx.conf:14')
    expect(coloured).toContain('\x1b[36mhint:\x1b[0m  create it')
    expect(stripVTControlCharacters(coloured)).toBe(printed(false, 'warning'))
  })
})

describe('colour', () => {
  it('is left out where nobody sees it', () => expect(paint('a', 'red', false)).toBe('a'))
})

describe('a table', () => {
  it.each([
    [
      'aligns its columns',
      [
        ['a', 'b', 'c'],
        ['long', 'x', 'a longer one'],
      ],
      'a     b  c\nlong  x  a longer one\n',
    ],
    [
      'begins later lines of a cell below the first',
      [
        ['names', 'a,\nb'],
        ['to', 'c'],
      ],
      'names  a,\n       b\nto     c\n',
    ],
    [
      'has no blanks at the end of a line',
      [
        ['a', ''],
        ['bbb', 'c'],
      ],
      'a\nbbb  c\n',
    ],
    ['may be empty', [], ''],
  ])('%s', (_, rows, text) => expect(table(rows)).toBe(text))
})

describe('words', () => {
  it.each([
    [['a', 'b', 'c'], 5, 'a, b,\nc'],
    [['a-long-word', 'b'], 4, 'a-long-word,\nb'],
    [['a'], 4, 'a'],
    [[], 4, ''],
  ])('%j in lines of %i', (words, width, text) => expect(wrapWords(words, width)).toBe(text))
})
