/** Finds every htpasswd file that a configuration names. */
import type { Listener, Location, Route, Step } from '../routes/model.js'

export interface UsersFile {
  readonly file: string
  /** What names it: `--htpasswd`, `nginx.conf:14`. */
  readonly where: string
}

/** Each file once, with the first place that names it. */
export function usersFiles(listeners: readonly Listener[]): UsersFile[] {
  const found = new Map<string, UsersFile>()
  const visitRoute = ({ authentication }: Route) => {
    if (authentication === null || found.has(authentication.usersFile)) return
    found.set(authentication.usersFile, { file: authentication.usersFile, where: authentication.where })
  }
  const visitSteps = (steps: readonly Step[]) => {
    for (const step of steps) {
      if (step.kind !== 'if') continue
      if (step.route !== null) visitRoute(step.route)
      visitSteps(step.steps)
    }
  }
  const visit = (place: {
    readonly route: Route
    readonly steps: readonly Step[]
    readonly locations: readonly Location[]
  }) => {
    visitRoute(place.route)
    visitSteps(place.steps)
    place.locations.forEach(visit)
  }
  for (const listener of listeners) listener.servers.forEach(visit)
  return [...found.values()]
}
