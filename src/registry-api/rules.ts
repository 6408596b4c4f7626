/**
 * What the rules say about one request to a registry. Its answerer asks them; the gateway decides
 * (gateway/rules/registry-rules.ts). (decision R3)
 */

export interface RegistryRules {
  /** What a catalog lists. */
  readonly visible: VisibleRepositories
  /** The rules about the tags of one repository. */
  in(repository: string): RepositoryRules
  /**
   * Does expensive work when it is its turn; nothing where the client has left before.
   * @throws RequestError where too much waits already; what `work` rejects with
   */
  runExpensive(work: () => Promise<void>): Promise<void>
}

export interface VisibleRepositories {
  /** Whether a catalog lists it. */
  shows(repository: string): boolean
  /**
   * The segments with which the name of a visible repository can go on behind `folder/`: none where nothing below the folder is visible,
   * `any` where a wildcard decides.
   * @param folder the first segments of a name, or '' for all repositories
   */
  below(folder: string): ReadonlySet<string> | 'any'
}

export interface RepositoryRules {
  /**
   * Whether judgePush can refuse at all: if not, nothing needs to be found out for it.
   * @param tag null: any tag, or none
   */
  mayRefusePush(tag: string | null): boolean
  /**
   * Called when a manifest has arrived and before anything of it is stored.
   * @param tag null for a manifest that gets none
   * @param before the digest that the tag names now; null where there is no such tag
   * @param digest of the manifest; counts only where there is one before
   * @throws RequestError where it may not be stored
   */
  judgePush(tag: string | null, before: string | null, digest: string): void
  /** As mayRefusePush, for judgeRemoval. */
  mayRefuseRemoval(tag: string | null): boolean
  /**
   * Called with each tag that a delete takes away, before anything is removed.
   * @throws RequestError where it has to stay
   */
  judgeRemoval(tag: string): void
}

/** Nothing is refused. */
export const noRepositoryRules: RepositoryRules = {
  mayRefusePush: () => false,
  judgePush: () => undefined,
  mayRefuseRemoval: () => false,
  judgeRemoval: () => undefined,
}

/** Nothing is hidden, refused or kept waiting. */
export const noRules: RegistryRules = {
  visible: { shows: () => true, below: () => 'any' },
  in: () => noRepositoryRules,
  runExpensive: work => work(),
}
