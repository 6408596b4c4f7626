/** Runs steps that can each find problems, so that a person sees all problems at once. */
import { type Problem, ProblemsFound } from './problem.js'

/** Collects the problems of several steps. Any error other than ProblemsFound is rethrown immediately. */
export class Collector {
  readonly #problems: Problem[] = []

  /** Returns the step's result, or null if it threw ProblemsFound. */
  async try<T>(step: () => T | Promise<T>): Promise<T | null> {
    try {
      return await step()
    } catch (error) {
      if (!(error instanceof ProblemsFound)) throw error
      this.#problems.push(...error.problems)
      return null
    }
  }

  get found(): boolean {
    return this.#problems.length > 0
  }

  /** All collected problems as one error to throw. */
  asError(): ProblemsFound {
    return new ProblemsFound(this.#problems)
  }
}
