/**
 * Who may have a password checked: so many distinct wrong ones for a user of a network, and so many for a network.
 * (decision W2)
 */
import type { Attempt } from './attempt.js'
import type { Count, CountOf, Counts } from './counts.js'
import { createFlights } from './singleflight.js'

export interface LimitRules {
  /** Distinct wrong passwords of one user from one network. */
  readonly wrongPasswords: number
  /** Distinct wrong pairs of user and password from one network. */
  readonly perAddress: number
  /** Milliseconds from the first wrong password until all of them are forgotten. */
  readonly windowMs: number
}

export const defaultRules: LimitRules = { wrongPasswords: 10, perAddress: 100, windowMs: 300_000 }

/** `unknown`: it could not be found out, and counts as nothing. */
export type PasswordOutcome = 'right' | 'wrong' | 'unknown'

export interface Locked {
  readonly kind: 'locked'
  /** Whether it is one user or all that have not shown a right password from there before. */
  readonly of: 'pair' | 'network'
  /** Seconds until it ends, at least 1. */
  readonly seconds: number
  /** Whether nobody has been told of this lock yet. */
  readonly isNew: boolean
}

export type LimitVerdict =
  /** Every admitted attempt must be ended, once. */
  | { readonly kind: 'admitted'; end(outcome: PasswordOutcome): Promise<void> }
  | Locked
  /** So many are being checked that nobody can say yet. */
  | { readonly kind: 'busy' }

export interface LoginLimits {
  /**
   * Asks before a password is checked. An attempt is counted as wrong from here on and the count given back when it was right,
   * or wrong once more, so that attempts at the same time cannot be more than the limit. One too many waits as long as one
   * before it may still be right. Never rejects.
   * @param proved whether the password is known to be right. That alone admits nobody: an attempt that was refused may have been a guess.
   * Who has shown a right one from there before is admitted with it, whatever has been counted.
   * @param isWanted false once nobody waits for the answer: it is then `busy` soon
   */
  admit(attempt: Attempt, proved?: boolean, isWanted?: () => boolean): Promise<LimitVerdict>
}

export interface LoginLimitsOptions {
  readonly rules: () => LimitRules
  /** The place to count now; another one after this one has rejected. */
  readonly counts: () => Counts
  /** Milliseconds of a clock that only moves forward. */
  readonly now: () => number
  /** How long an attempt may wait for others. */
  readonly timeoutMs: number
}

/** Attempts of other gates end unseen, so a waiting attempt looks again by itself. */
const lookAgainMs = 250
/** Locks whose beginning is remembered, so that it is told once. */
const maxTold = 10_000

/** How long an attempt waits for others. */
interface Deadline {
  /** By the clock of the options. */
  readonly until: number
  readonly isWanted: () => boolean
}

interface Reservation {
  readonly kind: 'reserved'
  giveBack(): Promise<void>
  /** Lets others have their turn. */
  release(): void
}

export function createLoginLimits({ rules, counts, now, timeoutMs }: LoginLimitsOptions): LoginLimits {
  const flights = createFlights()
  /** Until when each lock lasts that has been told. */
  const told = new Map<string, number>()

  const isNewLock = (key: string, endsIn: number): boolean => {
    const known = (told.get(key) ?? 0) > now()
    told.delete(key)
    told.set(key, now() + endsIn)
    const [oldest] = told.keys()
    if (told.size > maxTold && oldest !== undefined) told.delete(oldest)
    return !known
  }
  const locked = (of: 'pair' | 'network', key: string, { endsIn }: Count): Locked => ({
    kind: 'locked',
    of,
    seconds: Math.max(1, Math.ceil(endsIn / 1_000)),
    isNew: isNewLock(`${of} ${key}`, endsIn),
  })

  async function reserve(
    place: Counts,
    of: Exclude<CountOf, 'guess'>,
    key: string,
    most: number,
    deadline: Deadline,
  ): Promise<Reservation | Locked | { readonly kind: 'busy' }> {
    const flight = `${of} ${key}`
    const { windowMs } = rules()
    const add = (by: 1 | -1) => place.add(of, key, by, windowMs)
    while (true) {
      if (flights.count(flight) < most) {
        flights.begin(flight)
        const unproved = flights.count(flight)
        const count = await add(1).catch((error: unknown) => {
          flights.end(flight, true)
          throw error
        })
        const endsAt = now() + count.endsIn
        // A window that has ended took the count with it.
        const giveBack = async () => void (now() < endsAt && (await add(-1)))
        if (count.value <= most) return { kind: 'reserved', giveBack, release: () => flights.end(flight, true) }
        await giveBack().finally(() => flights.end(flight, false))
        if (count.value - unproved >= most) return locked(of, key, count)
      }
      const left = deadline.until - now()
      if (left <= 0 || !deadline.isWanted()) return { kind: 'busy' }
      await flights.nextEnd(flight, Math.min(left, lookAgainMs))
    }
  }

  async function admitBy(place: Counts, attempt: Attempt, proved: boolean, deadline: Deadline): Promise<LimitVerdict> {
    const { wrongPasswords, perAddress, windowMs } = rules()
    const rememberRight = () => place.rememberRight(attempt.pair).catch(() => undefined)
    if (proved && (await place.wasRight(attempt.pair)))
      return { kind: 'admitted', end: async outcome => void (outcome === 'right' && (await rememberRight())) }
    const pair = await reserve(place, 'pair', attempt.pair, wrongPasswords, deadline)
    if (pair.kind !== 'reserved') return pair
    const reserved = [pair]
    const leave = async (giveBack: boolean) => {
      if (giveBack) await Promise.allSettled(reserved.map(one => one.giveBack()))
      for (const one of reserved) one.release()
    }
    try {
      // People behind one address are not locked out by a guesser among them. (decision W3)
      if (!(await place.wasRight(attempt.pair))) {
        const network = await reserve(place, 'network', attempt.network, perAddress, deadline)
        if (network.kind !== 'reserved') {
          await leave(true)
          return network
        }
        reserved.push(network)
      }
    } catch (error) {
      await leave(true)
      throw error
    }
    return {
      kind: 'admitted',
      async end(outcome) {
        // What cannot be given back, because the place is out of reach, ends with its window.
        const repeated = async () => (await place.add('guess', attempt.guess, 1, windowMs)).value > 1
        if (outcome === 'right') await rememberRight()
        const counts = outcome === 'wrong' && !(await repeated().catch(() => false))
        await leave(!counts)
      },
    }
  }

  return {
    async admit(attempt, proved = false, isWanted = () => true) {
      const deadline = { until: now() + timeoutMs, isWanted }
      const place = counts()
      try {
        return await admitBy(place, attempt, proved, deadline)
      } catch {
        const other = counts()
        if (other === place) return { kind: 'busy' }
        return admitBy(other, attempt, proved, deadline).catch(() => ({ kind: 'busy' as const }))
      }
    },
  }
}
