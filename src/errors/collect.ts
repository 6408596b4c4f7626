/** Runs steps that may each find problems, so that a person sees all of them at once. */
import { type Problem, ProblemsFound } from './problem.js'

/** Collects the problems of several steps; what is no ProblemsFound goes on at once. */
export class Collector {
  readonly #problems: Problem[] = []

  /** The step's result, or null where it found problems. */
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

  /** Everything that was collected, to be thrown. */
  asError(): ProblemsFound {
    return new ProblemsFound(this.#problems)
  }
}
