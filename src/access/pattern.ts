/** Patterns for repository names: `team/app`, `team/*`, `team/app-*`, `team/**`, `**`. */
import { isRepositoryName } from '../registry-api/names.js'
import { matchWildcard } from './wildcard.js'

/** In a pattern the segment `**` stands for any number of segments, and within one `*` for any number of characters; each also for none. */
export interface Pattern {
  readonly segments: readonly string[]
  /** What every name begins and ends with that it matches: most names are told from most patterns by these alone. */
  readonly prefix: string
  readonly suffix: string
}

/** @param text a pattern without a fault */
export function compilePattern(text: string): Pattern {
  // A `**` may stand for nothing, and then the slash beside it is not there either.
  const [prefix = '', ...rest] = text.split(/\/?\*\*\/?|\*/)
  return { segments: text.split('/'), prefix, suffix: rest.at(-1) ?? prefix }
}

export interface Name {
  readonly text: string
  readonly segments: readonly string[]
}

export const nameOf = (repository: string): Name => ({ text: repository, segments: repository.split('/') })

/** `team/**` includes `team`: `**` may stand for no segment at all. */
export function matchesPattern({ segments, prefix, suffix }: Pattern, name: Name): boolean {
  return (
    name.text.startsWith(prefix) &&
    name.text.endsWith(suffix) &&
    matchWildcard(
      segments,
      name.segments,
      isDoubleStar,
      (part, segment) => part === segment || matchesSegment(part, segment),
    )
  )
}

/**
 * Whether `wide` matches everything that `narrow` matches. A `true` is certain; where two patterns say the same in different ways,
 * the answer may be a `false`.
 */
export function coversPattern(wide: Pattern, narrow: Pattern): boolean {
  // A star of the narrow one is an element like any other: only a star of the wide one takes it.
  return matchWildcard(
    wide.segments,
    narrow.segments,
    isDoubleStar,
    (part, segment) => !isDoubleStar(segment) && matchesSegment(part, segment),
  )
}

/** Whether some name may match both. A `false` is certain, a `true` is not. */
export const mayMeet = (a: Pattern, b: Pattern): boolean =>
  a.prefix.startsWith(b.prefix) || b.prefix.startsWith(a.prefix)

const isDoubleStar = (part: string) => part === '**'
const isStar = (character: string) => character === '*'

/** Whether a segment of a pattern other than `**` matches one of a name. */
export const matchesSegment = (pattern: string, segment: string): boolean =>
  matchWildcard(pattern, segment, isStar, (part, character) => part === character)

export interface PatternFault {
  /** A clause behind the quoted pattern. */
  readonly message: string
  readonly hint: string
}

/** Why a text is no pattern, or can never match a repository name; null where all is well. */
export function faultOfPattern(text: string): PatternFault | null {
  const never = 'can never match a repository'
  const host = /^[^/]*:\d+\/(.+)$/.exec(text)
  if (host !== null)
    return { message: never, hint: `leave the registry's address out: ${host[1]?.replace(/[:@].*/, '')}` }
  const reference = /^(.*?)[:@]/.exec(text)
  if (reference !== null)
    return { message: never, hint: `rules are for repositories, without tag or digest: ${reference[1]}` }
  if (/^\/|\/$|\/\//.test(text)) {
    const inner = text.split('/').filter(Boolean).join('/')
    const meant = text.endsWith('/') && inner !== '' ? `${inner}/**` : inner
    return { message: never, hint: `no name begins or ends with a slash or has two in a row: ${meant || '**'}` }
  }
  if (/[A-Z]/.test(text)) return { message: never, hint: `repository names are in lower case: ${text.toLowerCase()}` }
  const foreign = /[^a-z0-9._/*-]/.exec(text)
  if (foreign !== null)
    return { message: never, hint: `"${foreign[0]}" stands in no repository name, and only * and ** are wildcards` }
  if (text.split('/').some(segment => segment !== '**' && segment.includes('**')))
    return {
      message: 'has ** beside other characters',
      hint: 'write * within a segment, and ** for whole segments: team/**',
    }
  // Each star between letters and digits: where no name fits this one, none fits the pattern.
  if (isRepositoryName(text.replaceAll('**', 'a').replaceAll('*', 'a'))) return null
  return { message: never, hint: 'each segment begins and ends with a letter or digit, with . _ __ or - between them' }
}
