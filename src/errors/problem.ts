/** Mistakes in a person's input (a flag, a file, a certificate). They are collected and shown together. */

export interface Problem {
  /** The place of the mistake: `nginx.conf:14`, `--listen`, `auth/htpasswd:3`, or the path of a file. */
  readonly where: string
  /** What is wrong, in one clause, without a capital or a full stop. */
  readonly message: string
  /** The next step, a command to type if possible. */
  readonly hint?: string
}

/** Thrown if a person must correct something first. Carries every mistake that was found. Exit code 1. */
export class ProblemsFound extends Error {
  override readonly name = 'ProblemsFound'
  constructor(readonly problems: readonly Problem[]) {
    super(problems.map(problem => `${problem.where}: ${problem.message}`).join('; '))
  }
}

/** Formats a problem as `error: where: message` and, on its own line, `hint:  next step`. */
export function formatProblem(problem: Problem, label = 'error'): string {
  const first = `${label}: ${problem.where}: ${problem.message}`
  return problem.hint === undefined ? first : `${first}\nhint:  ${problem.hint}`
}
