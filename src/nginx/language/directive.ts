/** A directive as it stands in a file: its name, its words and, where it has one, its block. */

export interface Where {
  readonly file: string
  readonly line: number
}

export interface Directive {
  readonly name: string
  readonly args: readonly string[]
  /** null: it ends with `;`. */
  readonly block: readonly Directive[] | null
  readonly where: Where
}

/** `nginx.conf:14`, as messages show it. */
export function place(where: Where): string {
  return `${where.file}:${where.line}`
}
