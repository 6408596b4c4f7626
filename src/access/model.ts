/** The access policy as plain data: the content of the access section of portcullis.yaml. */

/** `push` creates a tag or blob, `overwrite` moves a tag to another digest. */
export const accessActions = ['pull', 'push', 'overwrite', 'delete'] as const
export type AccessAction = (typeof accessActions)[number]

/** `anonymous` includes every client, `users` every logged-in user. */
export type Who =
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'users' }
  | { readonly kind: 'user'; readonly name: string }
  | { readonly kind: 'group'; readonly name: string }

export interface Rule {
  readonly who: readonly Who[]
  /** Patterns: `team/app`, `team/*`, `team/**`, `**`. */
  readonly repositories: readonly string[]
  readonly effect: 'may' | 'deny'
  readonly actions: readonly AccessAction[]
  /** `portcullis.yaml:7` */
  readonly where: string
}

export interface Policy {
  /** The order has no meaning: an action is allowed if a rule allows it and no rule denies it. */
  readonly rules: readonly Rule[]
  /** Maps a group to the names of its users. */
  readonly groups: ReadonlyMap<string, readonly string[]>
}

/** Tags that no user may delete or move to another digest. */
export interface ImmutableTags {
  /** The text from the file: `v*`, `team/**:v*`. */
  readonly text: string
  /** A pattern, as in a rule. */
  readonly repositories: string
  /** A pattern for tags: `*` matches any number of characters. */
  readonly tags: string
  /** `portcullis.yaml:7` */
  readonly where: string
}
