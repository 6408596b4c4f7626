/** Patterns for repository names: `team/app`, `team/*`, `team/app-*`, `team/**`, `**`. */
import { isRepositoryName } from '../registry-api/names.js'
import { matchWildcard } from './wildcard.js'

/**
 * A compiled pattern. The segment `**` matches any number of segments, and a `*` within a segment any number of
 * characters; both also match nothing.
 */
export interface Pattern {
  readonly segments: readonly string[]
  /** The fixed beginning and end of every matching name. They rule out most names without a wildcard match. */
  readonly prefix: string
  readonly suffix: string
}

/** @param text a valid pattern: patternError returns null for it */
export function compilePattern(text: string): Pattern {
  // A `**` can match nothing; then the slash beside it is missing too.
  const [prefix = '', ...rest] = text.split(/\/?\*\*\/?|\*/)
  return { segments: text.split('/'), prefix, suffix: rest.at(-1) ?? prefix }
}

export interface Name {
  readonly text: string
  readonly segments: readonly string[]
}

export const nameOf = (repository: string): Name => ({ text: repository, segments: repository.split('/') })

/** Whether the pattern matches the name. `team/**` matches `team`, because `**` can match zero segments. */
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
 * Whether `wide` matches everything that `narrow` matches. `true` is certain. `false` can be wrong if two patterns
 * express the same set differently.
 */
export function coversPattern(wide: Pattern, narrow: Pattern): boolean {
  // A star of `narrow` counts as an ordinary element: only a star of `wide` can match it.
  return matchWildcard(
    wide.segments,
    narrow.segments,
    isDoubleStar,
    (part, segment) => !isDoubleStar(segment) && matchesSegment(part, segment),
  )
}

/** Whether a name can match both patterns. `false` is certain, `true` is not. */
export const mayOverlap = (a: Pattern, b: Pattern): boolean =>
  a.prefix.startsWith(b.prefix) || b.prefix.startsWith(a.prefix)

const isDoubleStar = (part: string) => part === '**'
const isStar = (character: string) => character === '*'

/** Whether a pattern segment other than `**` matches a segment of a name. */
export const matchesSegment = (pattern: string, segment: string): boolean =>
  matchWildcard(pattern, segment, isStar, (part, character) => part === character)

export interface PatternError {
  /** A clause that follows the quoted pattern in a message. */
  readonly message: string
  readonly hint: string
}

/** Explains why a text is not a pattern, or why it can never match a repository name; null for a valid pattern. */
export function patternError(text: string): PatternError | null {
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
    return {
      message: never,
      hint: `"${foreign[0]}" is not allowed in a repository name; the only wildcards are * and **`,
    }
  if (text.split('/').some(segment => segment !== '**' && segment.includes('**')))
    return {
      message: 'has ** beside other characters',
      hint: 'write * within a segment, and ** for whole segments: team/**',
    }
  // Replaces each star with a letter. If the result is not a repository name, no name can match the pattern.
  if (isRepositoryName(text.replaceAll('**', 'a').replaceAll('*', 'a'))) return null
  return { message: never, hint: 'each segment begins and ends with a letter or digit, with . _ __ or - between them' }
}
