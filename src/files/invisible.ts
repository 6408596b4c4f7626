/**
 * Blanks and invisible characters in files that people write: a reader does not see them, but they are part of a name, a
 * hash or a password. (decision W12)
 */

/** Where the first one is, and what people call it: `a blank`, `a tab`, `the invisible character U+200B`. */
export interface Invisible {
  readonly place: 'before' | 'behind' | 'within'
  readonly what: string
}

/** Control characters, characters without a width, and what looks like a blank. */
const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Zs}]/u

/** `a blank behind`, to be followed by what it is behind of. */
export const placed = ({ what, place }: Invisible): string => `${what} ${place === 'within' ? 'in' : place}`

/** null where there is none. A blank within a text is one like any other character. */
export function invisibleIn(text: string): Invisible | null {
  const characters = [...text]
  const ends = [
    { place: 'before', character: characters.at(0) },
    { place: 'behind', character: characters.at(-1) },
  ] as const
  for (const { place, character } of ends)
    if (character !== undefined && unseen.test(character)) return { place, what: nameOf(character) }
  const within = characters.find(character => character !== ' ' && unseen.test(character))
  return within === undefined ? null : { place: 'within', what: nameOf(within) }
}

/** Without all that `invisibleIn` finds. */
export const withoutInvisible = (text: string): string =>
  [...text]
    .filter(character => character === ' ' || !unseen.test(character))
    .join('')
    .trim()

/** In quotes, with what cannot be seen as `\u200b`. */
export const visible = (text: string): string =>
  JSON.stringify(text).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Zs}]/gu, character =>
    character === ' ' ? ' ' : escaped(character),
  )

function nameOf(character: string): string {
  if (character === ' ') return 'a blank'
  return character === '\t' ? 'a tab' : `the invisible character U+${hex(character).toUpperCase()}`
}

const escaped = (character: string) => `\\u${character.length > 1 ? `{${hex(character)}}` : hex(character)}`

const hex = (character: string) => (character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')
