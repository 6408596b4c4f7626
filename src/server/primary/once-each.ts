/** What keeps workers from serving a state, as one list: all of them are asked, and all find the same mistakes. */
import { type Problem, ProblemsFound } from '../../errors/problem.js'
import { WorkerLost } from './worker-process.js'

/** Each problem once, though every worker reports it. @throws what is neither a refusal nor the loss of a worker */
export function onceEach(failures: readonly unknown[]): readonly Problem[] {
  const found = new Map<string, Problem>()
  for (const failure of failures) {
    if (failure instanceof WorkerLost) continue
    if (!(failure instanceof ProblemsFound)) throw failure
    for (const problem of failure.problems) found.set(JSON.stringify(problem), problem)
  }
  return [...found.values()]
}
