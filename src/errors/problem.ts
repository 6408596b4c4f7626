/** Mistakes in what a person wrote (a flag, a file, a certificate): collected, and shown all at once. */

export interface Problem {
  /** Where it stands: `nginx.conf:14`, `--listen`, `auth/htpasswd:3`, a file's path. */
  readonly where: string
  /** What is wrong, in one clause, without a capital or a full stop. */
  readonly message: string
  /** The next step, if possible a command to type. */
  readonly hint?: string
}

/** Thrown when a person has to mend something first; carries every mistake that was found. Exit code 1. */
export class ProblemsFound extends Error {
  override readonly name = 'ProblemsFound'
  constructor(readonly problems: readonly Problem[]) {
    super(problems.map(problem => `${problem.where}: ${problem.message}`).join('; '))
  }
}

/** `error: where: message` and, on a line of its own, `hint:  next step`. */
export function formatProblem(problem: Problem, label = 'error'): string {
  const first = `${label}: ${problem.where}: ${problem.message}`
  return problem.hint === undefined ? first : `${first}\nhint:  ${problem.hint}`
}
