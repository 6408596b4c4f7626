/** What an answer leaves out or refuses for the one who asks; who that is, and why, is decided elsewhere. */

/** What a catalog lists. */
export interface VisibleRepositories {
  shows(repository: string): boolean
  /** The segments with which a name that is listed can go on behind `folder/`, '' for all names; `any` where they are not known. */
  below(folder: string): ReadonlySet<string> | 'any'
}

/** What the one who asks may not see or do, beyond what the operation itself tells. */
export interface Limits {
  readonly visible: VisibleRepositories
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
  /**
   * Does what takes much work when it is its turn; nothing where the client has left before.
   * @throws RequestError where too much waits already; what `work` rejects with
   */
  runExpensive(work: () => Promise<void>): Promise<void>
}

export const unlimited: Limits = {
  visible: { shows: () => true, below: () => 'any' },
  judgeManifest: () => undefined,
  judgeRemoval: () => undefined,
  runExpensive: work => work(),
}
