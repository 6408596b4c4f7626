/** Immutable tags: finds the pattern that protects a tag, and parses the patterns. */
import { isTag } from '../registry-api/names.js'
import type { ImmutableTags } from './model.js'
import { compilePattern, matchesPattern, nameOf, type PatternError, patternError } from './pattern.js'
import { matchWildcard } from './wildcard.js'

/** Returns the first pattern in the file that matches the tag; null for a tag that may move. */
export type ImmutableBy = (tag: string) => ImmutableTags | null

/** Filters the patterns once per repository, because a repository can have many thousands of tags. */
export function immutableBy(all: readonly ImmutableTags[], repository: string): ImmutableBy {
  const here = inRepository(all, repository)
  return tag => (isReferrersTag(tag) ? null : (here.find(({ tags }) => matchTag(tags, tag)) ?? null))
}

/** The patterns that can match a tag of this repository. */
export function inRepository(all: readonly ImmutableTags[], repository: string): readonly ImmutableTags[] {
  const name = nameOf(repository)
  return all.filter(({ repositories }) => matchesPattern(compilePattern(repositories), name))
}

/**
 * Whether clients move this tag each time they sign or describe an image: the referrers tag schema of OCI
 * distribution-spec 1.1, and the tags that cosign derives from it.
 */
const isReferrersTag = (tag: string) => /^sha(?:256|512)-[0-9a-f]{64}(?:\.(?:sig|att|sbom))?$/.test(tag)

const matchTag = (pattern: string, tag: string) =>
  matchWildcard(
    pattern,
    tag,
    part => part === '*',
    (part, character) => part === character,
  )

/** Parses `v*` or `team/**:v*`, or returns the reason why the text is invalid. */
export function readImmutable(text: string): Pick<ImmutableTags, 'repositories' | 'tags'> | PatternError {
  const colon = text.lastIndexOf(':')
  const repositories = colon === -1 ? '**' : text.slice(0, colon)
  const tags = text.slice(colon + 1)
  const error = patternError(repositories) ?? tagsError(tags)
  return error ?? { repositories, tags }
}

function tagsError(tags: string): PatternError | null {
  const never = 'can never match a tag'
  const foreign = /[^A-Za-z0-9._*-]/.exec(tags)
  if (foreign?.[0] === '/')
    return { message: never, hint: `tags of certain repositories are written behind a colon: ${tags}:*` }
  if (foreign !== null)
    return { message: never, hint: `"${foreign[0]}" is not allowed in a tag; the only wildcard is *` }
  if (isTag(tags.replaceAll('*', 'a'))) return null
  return { message: never, hint: 'a tag begins with a letter, a digit or _, and has at most 128 characters' }
}
