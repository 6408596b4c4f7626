/** What an answer leaves out or refuses for the one who asks; who that is, and why, is decided elsewhere. */

/** What the one who asks may not see or do, beyond what the operation itself tells. */
export interface Limits {
  /** Whether the catalog lists a repository. */
  shows(repository: string): boolean
  /**
   * Called when a manifest has arrived and before anything of it is stored.
   * @param tag null for a manifest that gets none
   * @param before the digest that the tag names now; null where there is no such tag
   * @throws RequestError where it may not be stored
   */
  judgeManifest(tag: string | null, before: string | null, digest: string): void
  /**
   * Called with each tag that a delete takes away, before anything is removed.
   * @throws RequestError where it has to stay
   */
  judgeRemoval(tag: string): void
}

export const unlimited: Limits = { shows: () => true, judgeManifest: () => undefined, judgeRemoval: () => undefined }
