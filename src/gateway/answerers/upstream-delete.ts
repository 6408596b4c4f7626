/** Judges a delete before a backend sees it: a registry takes away every tag that names the digest. */
import { RequestError } from '../../errors/request-error.js'
import type { Operation } from '../../registry-api/operation.js'
import type { RepositoryRules } from '../../registry-api/rules.js'
import type { RegistryReader } from './upstream-reader.js'

/** Tags of one repository that are asked for before a digest of it is deleted. */
const maxTags = 200

/**
 * Asks the rules about each tag that goes, and the backend which of those that may have to stay name the digest.
 * @param isGone whether the client has left
 * @throws RequestError where a tag has to stay, or where that cannot be told
 */
export async function judgeDelete(
  reader: RegistryReader,
  rules: RepositoryRules,
  { repository, reference }: Extract<Operation, { repository: string }>,
  isGone: () => boolean,
): Promise<void> {
  if (reference === null) return
  if (!reference.includes(':')) return rules.judgeRemoval(reference)
  if (!rules.mayRefuseRemoval(null)) return
  const tags = await reader.tags(repository, rules.mayRefuseRemoval)
  if (tags.length > maxTags)
    throw new RequestError('tag-immutable', {
      message: `${repository} has more than ${maxTags} immutable tags, too many to see whether one of them names this digest`,
    })
  for (const tag of tags) {
    if (isGone()) return
    if ((await reader.digest(repository, tag)) === reference) rules.judgeRemoval(tag)
  }
}
