/**
 * The users of all htpasswd files as a worker knows them: told by the primary, proved in this worker's threads.
 * (decision W6)
 */
import { RequestError } from '../../errors/request-error.js'
import { programFile } from '../../files/program-file.js'
import { describeAttempt, networkOf } from '../../login-limits/attempt.js'
import type { PasswordOutcome } from '../../login-limits/limits.js'
import type { Events } from '../../observe/events.js'
import type { Users } from '../../users/htpasswd/users.js'
import { createVerifier, type Verifier } from '../../users/htpasswd/verifier.js'
import type { UserSource } from '../../users/user-source.js'
import type { ServingState } from '../serving-state.js'
import type { LoginLimitClient } from './login-limit-client.js'
import { createStanding, type Standing } from './standing.js'

/** What a worker keeps over all reloads: its threads, and what was proved. */
export interface PasswordChecks extends Verifier {
  readonly standing: Standing
}

export interface SharedUsers extends UserSource {
  changed(file: string, users: Users): void
}

/** Passwords that may wait for each thread beyond the one under way; at cost 10 they take it about nine seconds. */
const maxQueue = 128
const maxRemembered = 10_000

export function createPasswordChecks(
  state: ServingState,
  events: Events,
  onProved: (proof: string) => void,
): PasswordChecks {
  const verifier = createVerifier({
    threadFile: programFile('#compare-thread'),
    threads: state.passwordThreads,
    maxQueue: maxQueue * state.passwordThreads,
    maxRemembered,
    randomKey: state.passwordKey,
    onProved,
    onFailure: message => events.noticed({ where: 'passwords', message }),
  })
  return Object.assign(verifier, { standing: createStanding(maxRemembered) })
}

/** The users of one state; a change of a file goes to the state that is in force. @param logins may refuse, before anything is hashed */
export function shareUsers(passwords: PasswordChecks, state: ServingState, logins: LoginLimitClient): SharedUsers {
  const files = new Map(state.users)
  const usersOf = (file: string) => {
    const users = files.get(file)
    if (users === undefined) throw new RequestError('users-unavailable')
    return users
  }
  const { loginLimits } = state.settings
  const { standing } = passwords
  return {
    find(file, name) {
      const entry = usersOf(file).entries.get(name)
      return entry === undefined ? null : { name, stamp: entry.hash }
    },
    isProved: (file, name, password, address) =>
      passwords.isProved(usersOf(file), name, password) &&
      (loginLimits === null || standing.hasBeenRight(networkOf(address), name)),
    async check(file, name, password, address) {
      const users = usersOf(file)
      const network = networkOf(address)
      if (passwords.isKnownWrong(users, name, password)) return false
      const attempt = describeAttempt(state.loginKey, address, name, password)
      const proved = passwords.isProved(users, name, password)
      const tellLimits =
        loginLimits === null ? null : await logins.ask(attempt, users.entries.has(name) ? name : null, proved)
      const suspicion = standing.suspicion(network, name)
      const tellStanding = standing.begin(network, name)
      let outcome: PasswordOutcome = 'unknown'
      try {
        // Of the users as they are by now: asking took its time.
        const right = await passwords.verify(usersOf(file), name, password, suspicion)
        outcome = right ? 'right' : 'wrong'
        return right
      } finally {
        tellStanding(outcome)
        tellLimits?.(outcome)
      }
    },
    // What was proved stays: it is bound to the hash that stood in the file, so a changed line forgets its old password by itself, and
    // everybody else need not be compared again, all at the same moment.
    changed: (file, users) => void files.set(file, users),
  }
}
