/** Finds every htpasswd file that a configuration names. */
import { everyRoute } from '../routes/every-route.js'
import type { Listener } from '../routes/model.js'

export interface UsersFile {
  readonly file: string
  /** What names it: `--htpasswd`, `nginx.conf:14`. */
  readonly where: string
}

/** Each file once, with the first place that names it. */
export function usersFiles(listeners: readonly Listener[]): UsersFile[] {
  const found = new Map<string, UsersFile>()
  for (const { authentication } of everyRoute(listeners)) {
    if (authentication === null || found.has(authentication.usersFile)) continue
    found.set(authentication.usersFile, { file: authentication.usersFile, where: authentication.where })
  }
  return [...found.values()]
}
