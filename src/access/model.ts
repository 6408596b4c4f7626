/** Who may do what, as plain data: what the access section of portcullis.yaml says. */

/** `push` is a new tag or blob, `overwrite` moves a tag to another digest. */
export const accessActions = ['pull', 'push', 'overwrite', 'delete'] as const
export type AccessAction = (typeof accessActions)[number]

/** `anonymous` holds for everybody, `users` for everybody who has logged in. */
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
  /** Without an order: what some rule allows and none denies is allowed. */
  readonly rules: readonly Rule[]
  /** Group to the names of its users. */
  readonly groups: ReadonlyMap<string, readonly string[]>
}

/** Tags that are neither moved to another digest nor deleted, by whomever. */
export interface ImmutableTags {
  /** As it is written: `v*`, `team/**:v*`. */
  readonly text: string
  /** A pattern as in a rule. */
  readonly repositories: string
  /** A pattern for tags: `*` stands for any number of characters. */
  readonly tags: string
  /** `portcullis.yaml:7` */
  readonly where: string
}
