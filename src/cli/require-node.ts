/**
 * Reports in one sentence that this Node is too old, before anything newer than ECMAScript modules is loaded.
 * (decision R8)
 */

/**
 * The oldest supported Node, as in `engines` of package.json. The HTTP parser of 20.19.0 and 20.19.1 ends a request
 * header at CR LF CR (CVE-2025-23167), so a proxy in front of the gate could see other requests than the gate.
 */
export const neededNode = '20.19.2'

/** The message for this version of Node (`process.versions.node`); null if it is new enough. */
export function nodeProblem(found: string): string | null {
  const needed = neededNode.split('.').map(Number)
  const parts = found.split('.').map(Number)
  const first = needed.findIndex((part, index) => parts[index] !== part)
  if (first === -1 || (parts[first] ?? 0) > (needed[first] ?? 0)) return null
  return [
    `error: this is Node ${found}, and Portcullis needs Node ${neededNode} or later`,
    'hint:  install a current Node (https://nodejs.org), then run the command again',
    '',
  ].join('\n')
}

/** Ends the process with exit code 1 if Node is too old. Import modules that need a newer Node only after this call. */
export function requireNode(): void {
  const problem = nodeProblem(process.versions.node)
  if (problem === null) return
  process.stderr.write(problem)
  process.exit(1)
}
