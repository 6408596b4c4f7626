/** Texts of 28 KB that parsers may choke on: one character, or a few, again and again, nested, or each time a little different. */

/** Below the 32 KiB that a head may have, with room for the rest of it. */
const length = 28_000

export interface LongText {
  readonly name: string
  readonly text: string
}

const repeated = (unit: string): string => unit.repeat(Math.ceil(length / unit.length)).slice(0, length)

function numbered(unit: (index: number) => string): string {
  let text = ''
  for (let index = 0; text.length < length; index++) text += unit(index)
  return text
}

/** Letters and digits of each kind, and whatever separates, quotes, nests or escapes something in a request. */
const characters = ['a', 'x', '0', '\xe9', ' ', '\t', ...'-_./:@%=&?#+,;*"\\([{<|']

const groups = [
  ...[':@', 'a:b@', 'a@', '/a', '../', '/..', '//a', '/manifests', '%2f', 'a.', 'a--', 'a__', '[(', '[:a', '{"a":'],
  ...['a=b&', 'a=b;', ' ,', 'a="b",', '"\\', '0-0,', 'W/"a",', 'a:b:c '],
]

export const longTexts: readonly LongText[] = [
  // With another last character what has fitted so far does not fit in the end.
  ...characters.map((character, index) => {
    const end = ['', '!', '"'][index % 3] ?? ''
    return { name: `${JSON.stringify(character)} many times${end && ` and ${end}`}`, text: repeated(character) + end }
  }),
  ...groups.map(group => ({ name: `${JSON.stringify(group)} many times`, text: repeated(group) })),
  { name: 'pairs of different names', text: numbered(index => `k${index}=v&`) },
  { name: 'different words', text: numbered(index => `w${index}, `) },
  { name: 'scopes of different repositories', text: numbered(index => `repository:r${index}:pull%20`) },
  { name: 'ranges that do not overlap', text: numbered(index => `${2 * index}-${2 * index},`) },
  { name: 'addresses', text: repeated('127.0.0.1, ') },
]
