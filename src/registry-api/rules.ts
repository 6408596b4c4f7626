/** What the rules say about one request to a registry; whoever answers it asks them. Who asks, and why, is decided in the gateway. */

export interface RegistryRules {
  /** Whether the catalog lists a repository. */
  shows(repository: string): boolean
  /**
   * Whether judgePush can refuse at all: if not, nothing needs to be found out for it.
   * @param tag null: any tag of the repository, or none
   */
  mayRefuse(repository: string, tag: string | null): boolean
  /** The same for judgeRemoval. */
  mayRefuseRemoval(repository: string, tag: string | null): boolean
  /**
   * Called when a manifest has arrived and before anything of it is stored.
   * @param tag null for a manifest that gets none
   * @param before the digest that the tag names now; null where there is no such tag
   * @throws RequestError where it may not be stored
   */
  judgePush(repository: string, tag: string | null, before: string | null, digest: string): void
  /**
   * Called with each tag that a delete takes away, before anything is removed.
   * @throws RequestError where it has to stay
   */
  judgeRemoval(repository: string, tag: string): void
}

/** Nothing is hidden and nothing refused. */
export const noRules: RegistryRules = {
  shows: () => true,
  mayRefuse: () => false,
  mayRefuseRemoval: () => false,
  judgePush: () => undefined,
  judgeRemoval: () => undefined,
}
