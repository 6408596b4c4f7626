/** Answers whether a name and a password belong together, and remembers what was proved. */
import { createHmac, createSecretKey, type KeyObject } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { RequestError } from '../../errors/request-error.js'
import { type Comparer, startComparer } from './compare-threads.js'
import { chooseDecoy } from './decoy.js'
import { createTurns } from './turns.js'
import type { Users } from './users.js'

export interface Verifier {
  /**
   * Whether exactly these credentials were proved before and still hold. Takes microseconds and no promise: the way of
   * nearly every request.
   */
  isProved(users: Users, name: string, password: string): boolean
  /** Whether exactly these credentials were found wrong a moment ago: clients repeat what was refused, with another method. */
  isKnownWrong(users: Users, name: string, password: string): boolean
  /**
   * Whether the password is the user's. An unknown user, an empty password and one with a NUL are false, after the time of
   * a wrong password; what isKnownWrong is false at once. Rejects with RequestError `busy` when too many are waiting or the threads do not run.
   * @param suspicion what is least likely to be a guess is compared first: see turns.ts
   */
  verify(users: Users, name: string, password: string, suspicion?: number): Promise<boolean>
  /** Comparisons under way or waiting. */
  readonly waiting: number
  /** Remembers what another process with the same key has proved (see onProved). */
  acceptProof(proof: string): void
  /** Ends the threads at once; what is under way, and what comes after, is `busy`. */
  close(): Promise<void>
}

export interface VerifierOptions {
  /** Comparisons beyond the running ones that may wait; of more, the one that is most likely to be a guess is refused. */
  readonly maxQueue: number
  readonly threads: number
  /** Credentials that are remembered; the least recently used are forgotten first. */
  readonly maxRemembered: number
  /**
   * At least 32 random bytes. The same in all processes that answer for one gate: it chooses how long an unknown name
   * takes, and a name whose time changes is an unknown one.
   */
  readonly randomKey: Uint8Array
  /** Milliseconds of a clock that only moves forward. */
  readonly now?: () => number
  /** Told of every proof made here: a keyed hash, which only processes with the same key can use. */
  readonly onProved?: (proof: string) => void
  /** Told when the fault is ours, in a sentence without a secret. */
  readonly onFailure?: (message: string) => void
}

/** `threadFile`: compare-thread.js in its compiled form. */
export function createVerifier(options: VerifierOptions & { readonly threadFile: URL }): Verifier {
  return createVerifierWith(startComparer(options.threadFile, options.threads), options)
}

/** The same with any comparer, whose close() it takes over. */
export function createVerifierWith(comparer: Comparer, options: VerifierOptions): Verifier {
  const key = createSecretKey(options.randomKey)
  const turns = createTurns({ width: options.threads, maxWaiting: options.maxQueue })
  const flights = new Map<string, Promise<boolean>>()
  const proved = new LRUCache<string, true>({ max: options.maxRemembered })
  const now = options.now ?? (() => performance.now())
  /**
   * Until when each is remembered. Bound to the hash like a proof, so a changed line is looked at anew. (decision W5)
   */
  const wrong = new LRUCache<string, number>({ max: options.maxRemembered })
  const isWrong = (question: Question) => (wrong.get(question.key) ?? 0) > now()

  async function compare(question: Question): Promise<boolean> {
    const outcome = await comparer.compare(question).catch((cause: unknown) => {
      options.onFailure?.(
        `a password could not be checked: ${cause instanceof Error ? cause.message : 'unknown error'}`,
      )
      throw new RequestError('busy', {
        headers: retryAfter,
        message: 'the login cannot be checked at the moment',
        cause,
      })
    })
    if (outcome === 'failed') options.onFailure?.(`the hash of ${question.place} could not be compared`)
    const right = outcome === 'match' && question.answerable
    if (right) {
      proved.set(question.key, true)
      options.onProved?.(question.key)
    } else if (outcome !== 'failed') {
      wrong.set(question.key, now() + wrongForMs)
    }
    return right
  }

  return {
    isProved: (users, name, password) => proved.get(ask(key, users, name, password).key) === true,
    isKnownWrong: (users, name, password) => isWrong(ask(key, users, name, password)),
    async verify(users, name, password, suspicion = 0) {
      const question = ask(key, users, name, password)
      if (proved.get(question.key) === true) return true
      if (isWrong(question)) return false
      const other = flights.get(question.key)
      if (other !== undefined) return other
      const flight = new Promise<boolean>((resolve, reject) =>
        turns.begin({
          name,
          suspicion,
          start: done => void compare(question).then(resolve, reject).finally(done),
          refuse: () => reject(new RequestError('busy', { headers: retryAfter })),
        }),
      ).finally(() => flights.delete(question.key))
      flights.set(question.key, flight)
      return flight
    },
    get waiting() {
      return turns.size
    },
    acceptProof(proof) {
      proved.set(proof, true)
    },
    close: () => comparer.close(),
  }
}

/** As long as a client takes to try all its ways with the same password. */
const wrongForMs = 10_000

/** Seconds: who is refused is the one that is most likely to be a guess, and others are gone by then. */
const retryAfter = { 'Retry-After': '1' }

interface Question {
  readonly password: string
  readonly hash: string
  /** `file:line` of the user, or the file alone. */
  readonly place: string
  /** False where the answer is no, whatever the comparison says. */
  readonly answerable: boolean
  readonly key: string
}

function ask(key: KeyObject, users: Users, name: string, password: string): Question {
  const entry = users.entries.get(name)
  const hash = entry === undefined ? chooseDecoy(key, users, name) : entry.hash
  return {
    password,
    hash,
    place: entry === undefined ? users.file : `${users.file}:${entry.line}`,
    answerable: entry !== undefined && password !== '' && !password.includes('\0') && !name.includes('\0'),
    key: credentialsKey(key, name, password, hash),
  }
}

/**
 * Bound to the hash that now stands in the file, so a changed line forgets its old password. The hash is keyed: a reader
 * of the memory finds no password to guess at, and the time of a look-up tells nothing. UTF-16 keeps apart what UTF-8 would
 * replace by U+FFFD.
 */
function credentialsKey(key: KeyObject, name: string, password: string, hash: string): string {
  const text = `${name.length}:${name}${password.length}:${password}${hash.length}:${hash}`
  return createHmac('sha256', key).update(text, 'utf16le').digest('base64')
}
