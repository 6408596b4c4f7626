/** All htpasswd files of a configuration, watched, and the passwords of their users, proved in threads. */
import { randomBytes } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { Collector } from '../errors/collect.js'
import type { Problem } from '../errors/problem.js'
import { RequestError } from '../errors/request-error.js'
import type { Authenticator } from '../gateway/authenticate.js'
import { loadUsers } from '../htpasswd/load.js'
import { createVerifier } from '../htpasswd/verifier.js'
import { type UsersWatch, watchUsers } from '../htpasswd/watch.js'
import type { Events } from '../observe/events.js'

export interface UsersFile {
  readonly file: string
  /** What names it: `--htpasswd`, `nginx.conf:14`. */
  readonly where: string
}

export interface WatchedUsers extends Authenticator {
  close(): Promise<void>
}

/** Passwords waiting to be compared beyond the ones under way; at cost 10 about five seconds of one core. */
const maxQueue = 64
const maxRemembered = 10_000

/** @throws ProblemsFound for every file that cannot be read or lets nobody in */
export async function openUsers(files: readonly UsersFile[], events: Events): Promise<WatchedUsers> {
  const threads = availableParallelism()
  const verifier = createVerifier({
    threadFile: new URL('../htpasswd/compare-thread.js', import.meta.url),
    threads,
    maxQueue,
    maxRemembered,
    randomKey: randomBytes(32),
    onFailure: message => events.noticed({ where: 'passwords', message }),
  })
  const watches = new Map<string, UsersWatch>()
  const collector = new Collector()
  for (const { file, where } of files) {
    const initial = await collector.try(() => loadUsers(file, where))
    if (initial === null) continue
    for (const problem of initial.problems) events.noticed(problem)
    const changed = (users: { readonly entries: ReadonlyMap<string, unknown> }, found: readonly Problem[]) => {
      verifier.flush()
      events.usersChanged(file, users.entries.size)
      for (const problem of found) events.noticed(problem)
    }
    watches.set(file, watchUsers(file, changed, { initial, onTrouble: problem => events.noticed(problem) }))
  }
  const close = async () => {
    for (const watch of watches.values()) watch.close()
    await verifier.close()
  }
  if (collector.found) {
    await close()
    throw collector.asError()
  }
  const usersOf = (file: string) => {
    const watch = watches.get(file)
    if (watch === undefined) throw new RequestError('users-unavailable')
    return watch.current()
  }
  return {
    isProved: (file, name, password) => verifier.isProved(usersOf(file), name, password),
    verify: (file, name, password) => verifier.verify(usersOf(file), name, password),
    close,
  }
}
