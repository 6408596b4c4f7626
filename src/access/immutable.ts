/** Tags that keep what they name: which tags those are, by pattern. */
import { isTag } from '../registry-api/names.js'
import type { ImmutableTags } from './model.js'
import { compilePattern, faultOfPattern, matchesPattern, nameOf, type PatternFault } from './pattern.js'
import { matchWildcard } from './wildcard.js'

/** The pattern that a tag fits, the first one as they stand in the file; null for a tag that may move. */
export type ImmutableBy = (tag: string) => ImmutableTags | null

/** Prepared once for all tags of a repository, of which there may be many thousand. */
export function immutableBy(all: readonly ImmutableTags[], repository: string): ImmutableBy {
  const here = inRepository(all, repository)
  return tag => (isListOfOthers(tag) ? null : (here.find(({ tags }) => matchTag(tags, tag)) ?? null))
}

/** Those that may hold for some tag of a repository. */
export function inRepository(all: readonly ImmutableTags[], repository: string): readonly ImmutableTags[] {
  const name = nameOf(repository)
  return all.filter(({ repositories }) => matchesPattern(compilePattern(repositories), name))
}

/**
 * Tags that clients move whenever somebody signs or describes an image: the referrers tag schema of OCI distribution-spec 1.1, and what
 * cosign makes of it.
 */
const isListOfOthers = (tag: string) => /^sha(?:256|512)-[0-9a-f]{64}(?:\.(?:sig|att|sbom))?$/.test(tag)

const matchTag = (pattern: string, tag: string) =>
  matchWildcard(
    pattern,
    tag,
    part => part === '*',
    (part, character) => part === character,
  )

/** What `v*` and `team/**:v*` mean, or why a text means nothing. */
export function readImmutable(text: string): Pick<ImmutableTags, 'repositories' | 'tags'> | PatternFault {
  const colon = text.lastIndexOf(':')
  const repositories = colon === -1 ? '**' : text.slice(0, colon)
  const tags = text.slice(colon + 1)
  const fault = faultOfPattern(repositories) ?? faultOfTags(tags)
  return fault ?? { repositories, tags }
}

function faultOfTags(tags: string): PatternFault | null {
  const never = 'can never match a tag'
  const foreign = /[^A-Za-z0-9._*-]/.exec(tags)
  if (foreign?.[0] === '/')
    return { message: never, hint: `tags of certain repositories are written behind a colon: ${tags}:*` }
  if (foreign !== null) return { message: never, hint: `"${foreign[0]}" stands in no tag, and only * is a wildcard` }
  if (isTag(tags.replaceAll('*', 'a'))) return null
  return { message: never, hint: 'a tag begins with a letter, a digit or _, and has at most 128 characters' }
}
