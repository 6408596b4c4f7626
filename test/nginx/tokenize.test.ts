/** Words and signs of an nginx.conf. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: nginx writes variables like this
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { tokenize } from '../../src/nginx/language/tokenize.js'

/** Words in brackets, signs as they are. */
function cut(text: string): string {
  return tokenize(text, 'f')
    .tokens.map(token => (token.kind === 'word' ? `[${token.text}]` : token.kind))
    .join(' ')
}

describe('the words of a file', () => {
  it.each([
    ['listen 443 ssl;', '[listen] [443] [ssl] ;'],
    ['a\t b\r\nc;', '[a] [b] [c] ;'],
    ['\uFEFFa;', '[a] ;'],
    ['a#b; # a comment; }\nc;', '[a#b] ; [c] ;'],
    ['a "b c" \'d;e\';', '[a] [b c] [d;e] ;'],
    ['a "" b;', '[a] [] [b] ;'],
    ['a b"c" d\'e;', '[a] [b"c"] [d\'e] ;'],
    ['a "b\nc";', '[a] [b\nc] ;'],
    ['location / {}', '[location] [/] { }'],
    ['location /{a;}', '[location] [/] { [a] ; }'],
    ['a ${b}c;', '[a] [${b}c] ;'],
    ['a $b{c', '[a] [$b] { [c]'],
    ['a b}c;', '[a] [b}c] ;'],
    ['if ($a ~ "x y") {', '[if] [($a] [~] [x y] [)] {'],
    ['a \\"b\\"\\\'\\\\ c\\td\\n;', '[a] [b"\'\\] [c\td\n] ;'.replace('[b', '["b')],
    ['a \\. \\/ \\$b \\d;', '[a] [\\.] [\\/] [\\$b] [\\d] ;'],
    ['a b\\;c;', '[a] [b\\;c] ;'],
    ['a "b\\"c";', '[a] [b"c] ;'],
  ])('%j is %s', (text, words) => {
    expect(cut(text)).toBe(words)
  })

  it('know their lines', () => {
    const { tokens } = tokenize('a\n"b\nc"\nd;', 'f')
    expect(tokens.map(token => token.line)).toEqual([1, 2, 4, 4])
  })

  it.each([
    ['a "b', 'f:1', 'the double quote that opens here is never closed'],
    ["a\n'b\n", 'f:2', 'the single quote that opens here is never closed'],
    ['a "b"c;', 'f:1', 'unexpected "c" right after a closing quote'],
  ])('%j is a mistake', (text, where, message) => {
    expect(tokenize(text, 'f').problem).toMatchObject({ where, message })
  })

  it('are found in any text without a fault of ours', () => {
    const text = fc.string({ unit: fc.constantFrom(...'ab"\'\\;{}#$ \n') })
    fc.assert(
      fc.property(text, input => {
        const { tokens, problem, lastLine } = tokenize(input, 'f')
        expect(tokens.every(token => token.line >= 1 && token.line <= lastLine)).toBe(true)
        expect(problem === null || /^f:\d+$/.test(problem.where)).toBe(true)
      }),
    )
  })
})
