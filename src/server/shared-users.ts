/** The users of all htpasswd files as a worker knows them: told by the primary, proved in this worker's threads. */
import { RequestError } from '../errors/request-error.js'
import type { Authenticator } from '../gateway/authenticate.js'
import type { Users } from '../htpasswd/users.js'
import { createVerifier, type Verifier } from '../htpasswd/verifier.js'
import type { Events } from '../observe/events.js'
import type { ServingState } from './serving-state.js'

/** What a worker keeps over all reloads: its threads, and what was proved. */
export type PasswordChecks = Verifier

export interface SharedUsers extends Authenticator {
  changed(file: string, users: Users): void
}

/** Passwords waiting to be compared beyond the ones under way; at cost 10 about five seconds of one core. */
const maxQueue = 64
const maxRemembered = 10_000

export function createPasswordChecks(
  state: ServingState,
  events: Events,
  onProved: (proof: string) => void,
): PasswordChecks {
  return createVerifier({
    threadFile: new URL('../htpasswd/compare-thread.js', import.meta.url),
    threads: state.passwordThreads,
    maxQueue,
    maxRemembered,
    randomKey: state.passwordKey,
    onProved,
    onFailure: message => events.noticed({ where: 'passwords', message }),
  })
}

/** The users of one state; a change of a file goes to the state that is in force. */
export function shareUsers(passwords: PasswordChecks, initial: ReadonlyMap<string, Users>): SharedUsers {
  const files = new Map(initial)
  const usersOf = (file: string) => {
    const users = files.get(file)
    if (users === undefined) throw new RequestError('users-unavailable')
    return users
  }
  return {
    entryOf: (file, name) => usersOf(file).entries.get(name) ?? null,
    isProved: (file, name, password) => passwords.isProved(usersOf(file), name, password),
    verify: (file, name, password) => passwords.verify(usersOf(file), name, password),
    // What was proved stays: it is bound to the hash that stood in the file, so a changed line forgets its old password by itself, and
    // everybody else need not be compared again, all at the same moment.
    changed: (file, users) => void files.set(file, users),
  }
}
