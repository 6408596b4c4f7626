/** Says in one sentence, before anything newer than ECMAScript modules is loaded, that this Node is too old. */

/** The oldest Node that the program runs on, as `engines` in package.json says. */
export const neededNode = '20.19.0'

/** What to print on this version of Node (`process.versions.node`): null if it is new enough. */
export function nodeProblem(found: string): string | null {
  const [major = 0, minor = 0] = found.split('.').map(Number)
  const [neededMajor = 0, neededMinor = 0] = neededNode.split('.').map(Number)
  if (major > neededMajor || (major === neededMajor && minor >= neededMinor)) return null
  return [
    `error: this is Node ${found}, and Portcullis needs Node ${neededNode} or later`,
    'hint:  install a current Node (https://nodejs.org), then run the command again',
    '',
  ].join('\n')
}

/** Ends the process with exit code 1 on a Node that is too old. Modules that need a newer one must be imported after this call. */
export function requireNode(): void {
  const problem = nodeProblem(process.versions.node)
  if (problem === null) return
  process.stderr.write(problem)
  process.exit(1)
}
