/** Who may log in: what an htpasswd file says, as plain data. */

/** One usable line. */
export interface UserEntry {
  readonly name: string
  /** As it stands in the file, with its prefix: `$2y$10$...`, `{SHA}...`. A secret: never log it. */
  readonly hash: string
  /** Counted from 1. */
  readonly line: number
}

/** The users of one file. The map's key is the entry's name. */
export interface Users {
  readonly file: string
  readonly entries: ReadonlyMap<string, UserEntry>
}

/** Whether both lists let the same people in with the same passwords. */
export function sameUsers(a: Users, b: Users): boolean {
  if (a.entries.size !== b.entries.size) return false
  for (const [name, entry] of a.entries) {
    if (b.entries.get(name)?.hash !== entry.hash) return false
  }
  return true
}
