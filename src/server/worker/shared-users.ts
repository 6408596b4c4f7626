/** The users of all htpasswd files as a worker knows them: told by the primary, proved in this worker's threads. */
import { LRUCache } from 'lru-cache'
import { RequestError } from '../../errors/request-error.js'
import { programFile } from '../../files/program-file.js'
import type { Authenticator } from '../../gateway/model.js'
import type { Users } from '../../htpasswd/users.js'
import { createVerifier, type Verifier } from '../../htpasswd/verifier.js'
import { describeAttempt, networkOf } from '../../login-limits/attempt.js'
import type { Outcome } from '../../login-limits/limits.js'
import type { Events } from '../../observe/events.js'
import type { ServingState } from '../serving-state.js'
import type { LoginQuestions } from './login-questions.js'

/** What a worker keeps over all reloads: its threads, and what was proved. */
export interface PasswordChecks extends Verifier {
  /** Who has shown a right password from where: network and name. */
  readonly rightFrom: LRUCache<string, true>
}

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
  const verifier = createVerifier({
    threadFile: programFile('#compare-thread'),
    threads: state.passwordThreads,
    maxQueue,
    maxRemembered,
    randomKey: state.passwordKey,
    onProved,
    onFailure: message => events.noticed({ where: 'passwords', message }),
  })
  return Object.assign(verifier, { rightFrom: new LRUCache<string, true>({ max: maxRemembered }) })
}

/** The users of one state; a change of a file goes to the state that is in force. @param logins may refuse, before anything is hashed */
export function shareUsers(passwords: PasswordChecks, state: ServingState, logins: LoginQuestions): SharedUsers {
  const files = new Map(state.users)
  const usersOf = (file: string) => {
    const users = files.get(file)
    if (users === undefined) throw new RequestError('users-unavailable')
    return users
  }
  const { loginLimits } = state.settings
  const place = (address: string, name: string) => `${networkOf(address)} ${name}`
  return {
    entryOf: (file, name) => usersOf(file).entries.get(name) ?? null,
    isProved: (file, name, password, address) =>
      passwords.isProved(usersOf(file), name, password) &&
      (loginLimits === null || passwords.rightFrom.get(place(address, name)) === true),
    async verify(file, name, password, address) {
      const users = usersOf(file)
      // Of the users as they are by then: asking takes its time.
      const check = () => passwords.verify(usersOf(file), name, password)
      if (loginLimits === null) return check()
      if (passwords.isKnownWrong(users, name, password)) return false
      const attempt = describeAttempt(state.loginKey, address, name, password)
      const proved = passwords.isProved(users, name, password)
      const tellOutcome = await logins.ask(attempt, users.entries.has(name) ? name : null, proved)
      let outcome: Outcome = 'unknown'
      try {
        const right = await check()
        outcome = right ? 'right' : 'wrong'
        if (right) passwords.rightFrom.set(place(address, name), true)
        return right
      } finally {
        tellOutcome(outcome)
      }
    },
    // What was proved stays: it is bound to the hash that stood in the file, so a changed line forgets its old password by itself, and
    // everybody else need not be compared again, all at the same moment.
    changed: (file, users) => void files.set(file, users),
  }
}
